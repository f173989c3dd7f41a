#include "agent/watch/readings.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "agent/watch/condition.h"
#include "lib/message/message.h"

#define WHOLE 100000 /* thousandths of a percent */

int ticks_parse(const char *text, struct ticks *ret)
{
    /* proc(5): user nice system idle iowait irq softirq steal; guests are within user and nice. */
    uint64_t t[8];
    if (sscanf(text, "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
            &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]) != 8)
        return -1;
    ret->total = t[0] + t[1] + t[2] + t[3] + t[4] + t[5] + t[6] + t[7];
    ret->busy = ret->total - t[3] - t[4];
    return 0;
}

uint64_t ticks_share(const struct ticks *before, const struct ticks *now)
{
    /* iowait may go back, by proc(5). */
    if (now->total <= before->total || now->busy < before->busy)
        return 0;
    uint64_t busy = now->busy - before->busy, total = now->total - before->total;
    return busy >= total ? WHOLE : busy * WHOLE / total;
}

/* The number behind `name`, at the beginning of a line. */
static int number_of(const char *text, const char *name, uint64_t *ret)
{
    size_t length = strlen(name);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!strncmp(line, name, length))
            return sscanf(line + length, "%" SCNu64, ret) == 1 ? 0 : -1;
    }
    return -1;
}

int memory_parse(const char *text, uint64_t *ret)
{
    uint64_t total, available;
    if (number_of(text, "MemTotal:", &total) || number_of(text, "MemAvailable:", &available) || !total ||
        available > total)
        return -1;
    *ret = (total - available) * WHOLE / total;
    return 0;
}

/* "12.5" → 12500: digits, and behind a point as many as count. *ret_end: what follows. */
static int thousandths_parse(const char *text, uint64_t *ret, const char **ret_end)
{
    uint64_t whole = 0, part = 0;
    unsigned scale = 1000;
    if (!isdigit((unsigned char)*text))
        return -1;
    for (; isdigit((unsigned char)*text); text++) {
        if (whole > UINT64_C(1000000000000000))
            return -1;
        whole = whole * 10 + (uint64_t)(*text - '0');
    }
    if (*text == '.' && isdigit((unsigned char)text[1])) {
        for (text++; isdigit((unsigned char)*text); text++) {
            scale /= 10;
            part += (uint64_t)(*text - '0') * scale;
        }
    }
    *ret = whole * 1000 + part;
    *ret_end = text;
    return 0;
}

int load_parse(const char *text, uint64_t *ret)
{
    const char *end;
    return thousandths_parse(text, ret, &end) || *end != ' ' ? -1 : 0;
}

static void found(struct sample *ret, enum level level, const char *reason)
{
    *ret = (struct sample){ .level = level };
    snprintf(ret->reason, sizeof(ret->reason), "%s", reason);
}

/* The text behind `name` to the end of its line; "" if there is none. */
static void line_of(const char *text, const char *name, char *ret, size_t room)
{
    size_t length = strlen(name);
    *ret = '\0';
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length))
            continue;
        snprintf(ret, room, "%.*s", (int)strcspn(line + length, "\n"), line + length);
        return;
    }
}

void unit_read(const char *text, struct sample *ret)
{
    char load[32], active[32], sub[32];
    line_of(text, "LoadState=", load, sizeof(load));
    line_of(text, "ActiveState=", active, sizeof(active));
    line_of(text, "SubState=", sub, sizeof(sub));
    *ret = (struct sample){ 0 };
    if (!*active) {
        found(ret, LEVEL_UNKNOWN, "systemctl does not say how the unit is");
    } else if (!strcmp(load, "not-found")) {
        found(ret, LEVEL_CRITICAL, "there is no such unit");
    } else if (strcmp(active, "active") && strcmp(active, "reloading")) {
        ret->level = LEVEL_CRITICAL;
        snprintf(ret->reason, sizeof(ret->reason), "the unit is %s (%s)", active, sub);
    }
}

void updates_read(const char *text, struct sample *ret)
{
    unsigned all = 0, security = 0;
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, "Inst ", 5))
            continue;
        size_t length = strcspn(line, "\n");
        all++;
        security += memmem(line, length, "-Security:", 10) || memmem(line, length, "-security ", 10);
    }
    *ret = (struct sample){ .has_value = true, .value = all * UINT64_C(1000) };
    if (security) {
        ret->level = LEVEL_CRITICAL;
        snprintf(ret->reason, sizeof(ret->reason), "%u of %u updates are for security", security, all);
    }
}

/* What S.M.A.R.T. counts of sectors that are or may be lost: reallocated, pending, offline uncorrectable. */
static uint64_t lost_sectors(const json_t *smart)
{
    uint64_t lost = 0;
    size_t i;
    const json_t *table = json_object_get(json_object_get(smart, "ata_smart_attributes"), "table"), *one;
    json_array_foreach((json_t *)table, i, one) {
        json_int_t id = json_integer_value(json_object_get(one, "id"));
        json_int_t raw = json_integer_value(json_object_get(json_object_get(one, "raw"), "value"));
        /* Some makers count something else in the upper bytes. */
        if (id == 5 || id == 197 || id == 198)
            lost += (uint64_t)raw & UINT32_MAX;
    }
    return lost;
}

void smart_read(const char *text, size_t bytes, struct sample *ret)
{
    json_t *smart = message_parse(text, bytes, NULL);
    const json_t *passed = json_object_get(json_object_get(smart, "smart_status"), "passed");
    const json_t *used =
        json_object_get(json_object_get(smart, "nvme_smart_health_information_log"), "percentage_used");
    if (!json_is_boolean(passed)) {
        found(ret, LEVEL_UNKNOWN, "smartctl does not say how the disk is");
    } else {
        *ret = (struct sample){ .has_value = true };
        ret->value =
            1000 * (json_is_integer(used) ? (uint64_t)json_integer_value(used) & UINT8_MAX : lost_sectors(smart));
        if (json_is_false(passed)) {
            ret->level = LEVEL_CRITICAL;
            snprintf(ret->reason, sizeof(ret->reason), "the disk fails its own assessment");
        }
    }
    json_decref(smart);
}

int http_status_parse(const char *text, unsigned *ret_status)
{
    int digits = 0;
    if (sscanf(text, "HTTP/1.%*1[01] %3u%n", ret_status, &digits) != 1 || !digits || *ret_status < 100)
        return -1;
    return strchr(" \r\n", text[digits]) ? 0 : -1;
}

void look_read(const char *text, struct sample *ret)
{
    char line[REASON_BYTES + 64], word[16] = "";
    struct sample sample = { 0 };
    const char *rest = line;
    snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
    size_t length = strcspn(line, " ");
    snprintf(word, sizeof(word), "%.*s", (int)length, line);
    int level = word_index(level_words, word);
    rest += length;
    rest += *rest == ' ';
    sample.has_value = !thousandths_parse(rest, &sample.value, &rest);
    rest += !sample.has_value && *rest == '-';
    if (level < 0 || (*rest && *rest != ' ')) {
        found(ret, LEVEL_UNKNOWN, "what was run to look did not say what it found");
        return;
    }
    sample.level = (enum level)level;
    snprintf(sample.reason, sizeof(sample.reason), "%s", rest + (*rest == ' '));
    *ret = sample;
}
