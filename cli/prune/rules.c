#include "cli/prune/rules.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/calendar/zone.h"
#include "lib/files.h"
#include "lib/problem.h"

#define LINE_BYTES 256
#define RULE(member) offsetof(struct retention_rules, member)
#define DAYS(class) RULE(spans[BACKUP_CLASS_##class].days)

/* Numbers, where they go, and between what they may be. */
static const struct {
    const char *name;
    size_t offset;
    unsigned min, max;
} numbers[] = {
    { "daily_days", DAYS(DAILY), 0, RETENTION_DAYS_MAX },
    { "differential_days", DAYS(DIFFERENTIAL), 0, RETENTION_DAYS_MAX },
    { "weekly_months", RULE(spans[BACKUP_CLASS_WEEKLY].months), 0, RETENTION_DAYS_MAX / 31 },
    { "server_days", DAYS(SERVER), 0, RETENTION_DAYS_MAX },
    { "access_days", DAYS(ACCESS), 0, RETENTION_DAYS_MAX },
    { "manual_days", DAYS(MANUAL), 0, RETENTION_DAYS_MAX },
    { "newest_fulls", RULE(fulls), 3, RETENTION_FULLS_MAX },
    { "condemned_hours", RULE(condemned_h), 72, 720 },
    { "stop_deleted_percent", RULE(deleted_percent), 1, 20 },
    { "stop_small_percent", RULE(small_percent), 50, 99 },
    { "stop_changed_percent", RULE(changed_percent), 1, 40 },
    { "stop_jump_minutes", RULE(jump_min), 1, 60 },
};
#define NUMBERS (sizeof(numbers) / sizeof(*numbers))

static const struct {
    const char *name, *wanted;
} marks[] = {
    [PRUNE_HOLD] = { "hold", "AGENT or AGENT/BACKUP" },
    [PRUNE_ACCEPT] = { "accept", "AGENT/BACKUP" },
    [PRUNE_DISTRUST] = { "distrust", "AGENT/BACKUP" },
    [PRUNE_DISCARD] = { "discard", "AGENT/BACKUP" },
    [PRUNE_SIGNER] = { "signer", "AGENT/FINGERPRINT, 64 hexadecimal digits" },
};
#define MARKS (sizeof(marks) / sizeof(*marks))

struct reading {
    const char *path;
    unsigned line;
    bool seen[NUMBERS], zone_seen;
    size_t room; /* of the marks */
    struct prune_rules rules;
    struct problem *problem;
};

static char *trimmed(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1]))
        end--;
    *end = '\0';
    return text;
}

/* Digits alone, up to most; -1: none. *ret_end is behind them. */
static int64_t take_digits(const char *text, int64_t most, const char **ret_end)
{
    int64_t number = 0;
    const char *at = text;
    for (; isdigit((unsigned char)*at); at++) {
        number = number * 10 + *at - '0';
        if (number > most)
            return -1;
    }
    *ret_end = at;
    return at > text ? number : -1;
}

static int take_number(struct reading *reading, size_t which, const char *value)
{
    const char *name = numbers[which].name, *end;
    int64_t number = take_digits(value, numbers[which].max, &end);
    if (reading->seen[which])
        return problem_set(
            reading->problem, "bad-rules", name, "%s:%u: %s stands twice", reading->path, reading->line, name);
    if (number < numbers[which].min || *end)
        return problem_set(reading->problem, "bad-rules", name,
            "%s:%u: %s must be a whole number from %u to %u, not %.40s", reading->path, reading->line, name,
            numbers[which].min, numbers[which].max, value);
    reading->seen[which] = true;
    unsigned small = (unsigned)number;
    memcpy((char *)&reading->rules.retention + numbers[which].offset, &small, sizeof(small));
    return 0;
}

static int take_zone(struct reading *reading, const char *value)
{
    struct problem inner;
    if (reading->zone_seen)
        return problem_set(
            reading->problem, "bad-rules", "zone", "%s:%u: zone stands twice", reading->path, reading->line);
    reading->rules.zone = zone_load(value, &inner);
    if (!reading->rules.zone)
        return problem_set(reading->problem, "bad-rules", "zone",
            "%s:%u: zone must be a time zone, as Europe/Berlin: %.100s", reading->path, reading->line, inner.reason);
    reading->zone_seen = true;
    return 0;
}

/* "17", or "17/<hexadecimal digits>" of the kind's length. */
static int parse_mark(enum prune_mark_kind kind, const char *value, struct prune_mark *ret)
{
    const char *name;
    size_t digits = kind == PRUNE_SIGNER ? PRUNE_SIGNER_BYTES - 1 : BACKUP_BYTES - 1;
    int64_t agent = take_digits(value, UINT32_MAX, &name);
    struct prune_mark mark = { .kind = kind, .agent = (uint32_t)agent };
    if (agent < 1)
        return -1;
    if (*name == '/' && strlen(name + 1) == digits && strspn(name + 1, "0123456789abcdef") == digits)
        memcpy(mark.name, name + 1, digits);
    else if (*name || kind != PRUNE_HOLD)
        return -1;
    *ret = mark;
    return 0;
}

static int take_mark(struct reading *reading, enum prune_mark_kind kind, const char *value)
{
    struct prune_rules *rules = &reading->rules;
    struct prune_mark mark;
    if (parse_mark(kind, value, &mark))
        return problem_set(reading->problem, "bad-rules", marks[kind].name, "%s:%u: %s must be %s, not %.80s",
            reading->path, reading->line, marks[kind].name, marks[kind].wanted, value);
    if (rules->n_marks == PRUNE_MARKS_MAX)
        return problem_set(reading->problem, "bad-rules", marks[kind].name,
            "%s:%u: more than %u lines that name a backup", reading->path, reading->line, PRUNE_MARKS_MAX);
    if (rules->n_marks == reading->room) {
        size_t room = reading->room ? 2 * reading->room : 16;
        struct prune_mark *grown = reallocarray(rules->marks, room, sizeof(*grown));
        if (!grown)
            return problem_set(reading->problem, "no-memory", "", "no memory");
        rules->marks = grown;
        reading->room = room;
    }
    rules->marks[rules->n_marks++] = mark;
    return 0;
}

static int take_pair(struct reading *reading, const char *name, const char *value)
{
    for (size_t i = 0; i < NUMBERS; i++) {
        if (!strcmp(numbers[i].name, name))
            return take_number(reading, i, value);
    }
    for (size_t i = 0; i < MARKS; i++) {
        if (!strcmp(marks[i].name, name))
            return take_mark(reading, (enum prune_mark_kind)i, value);
    }
    if (!strcmp(name, "zone"))
        return take_zone(reading, value);
    return problem_set(
        reading->problem, "bad-rules", name, "%s:%u: there is no key %.40s", reading->path, reading->line, name);
}

static int take_line(struct reading *reading, char *line)
{
    line[strcspn(line, "#")] = '\0';
    line = trimmed(line);
    if (!*line)
        return 0;
    char *equals = strchr(line, '=');
    if (!equals)
        return problem_set(reading->problem, "bad-rules", "", "%s:%u: not `key = value`", reading->path, reading->line);
    *equals = '\0';
    return take_pair(reading, trimmed(line), trimmed(equals + 1));
}

static int take_lines(struct reading *reading, const char *text)
{
    while (*text) {
        char line[LINE_BYTES];
        size_t length = strcspn(text, "\n");
        reading->line++;
        if (length >= sizeof(line))
            return problem_set(reading->problem, "bad-rules", "", "%s:%u: longer than %d bytes", reading->path,
                reading->line, LINE_BYTES - 1);
        memcpy(line, text, length);
        line[length] = '\0';
        if (take_line(reading, line))
            return -1;
        text += length + (text[length] == '\n');
    }
    return 0;
}

int prune_rules_parse(const char *path, const char *text, struct prune_rules *ret, struct problem *problem)
{
    struct reading reading = { .path = path, .rules.retention = retention_rules, .problem = problem };
    if (take_lines(&reading, text)) {
        prune_rules_free(&reading.rules);
        return -1;
    }
    *ret = reading.rules;
    return 0;
}

void prune_rules_free(struct prune_rules *rules)
{
    zone_free(rules->zone);
    free(rules->marks);
    *rules = (struct prune_rules){ 0 };
}

int prune_rules_load(const char *path, struct prune_rules *ret, struct problem *problem)
{
    char *text;
    if (file_read_trusted(path, PRUNE_RULES_LIMIT_BYTES, &text, problem))
        return -1;
    int error = prune_rules_parse(path, text, ret, problem);
    free(text);
    return error;
}

bool prune_rules_mark(const struct prune_rules *rules, enum prune_mark_kind kind, uint32_t agent, const char *name)
{
    for (size_t i = 0; i < rules->n_marks; i++) {
        const struct prune_mark *mark = &rules->marks[i];
        if (mark->kind == kind && mark->agent == agent && (!*mark->name || !strcmp(mark->name, name)))
            return true;
    }
    return false;
}

bool prune_rules_signer(const struct prune_rules *rules, uint32_t agent, const char *fingerprint)
{
    bool any = false;
    for (size_t i = 0; i < rules->n_marks; i++) {
        const struct prune_mark *mark = &rules->marks[i];
        if (mark->kind != PRUNE_SIGNER || mark->agent != agent)
            continue;
        any = true;
        if (!strcmp(mark->name, fingerprint))
            return true;
    }
    return !any;
}
