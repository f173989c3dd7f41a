#include "agent/policy.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "agent/policy_forms.h"
#include "lib/files.h"
#include "lib/problem.h"

#define KEYS_MAX 32 /* bits of `seen` */

#define DAY_S 86400
#define MIB ((int64_t)1 << 20)
#define PLACE(member) offsetof(struct policy, member)

const struct policy_key policy_keys[] = {
    { "inventory", &policy_flag, PLACE(inventory), "on", 0, 0, "report the machine: what-i-send lists every field" },
    { "server_may_wake", &policy_flag, PLACE(server_may_wake), "on", 0, 0,
        "fetch mail when the server says there is some" },
    { "freeze", &policy_flag, PLACE(freeze), "off", 0, 0, "begin nothing at all" },
    { "kinds", &policy_kind_list, PLACE(kinds), "task watch backup-plan setting update", 0, 0,
        "which kinds of signed documents are carried out", true },
    { "scripts", &policy_flag, PLACE(scripts), "off", 0, 0, "run scripts, not only programs with arguments", true },
    { "users", &policy_user_list, PLACE(users), "*", 0, 0, "as whom tasks may run; root only if it is named" },
    { "hours", &policy_hour_list, PLACE(hours), "always", 0, 0, "when tasks may begin" },
    { "consent", &policy_consent_word, PLACE(consent), "none", 0, 0,
        "what people who are logged in are told or asked before a task begins", true },
    { "consent_wait", &policy_duration, PLACE(consent_wait_s), "10min", 10, DAY_S,
        "no answer within this time is a no" },
    { "longest_life", &policy_duration, PLACE(longest_life_s), "90d", 60, 3660 * (int64_t)DAY_S,
        "a document may be good for so long", true },
    { "fresh_within", &policy_duration, PLACE(fresh_within_s), "7d", 60, 366 * (int64_t)DAY_S,
        "nothing begins without news of withdrawn documents that is younger", true },
    { "time_limit", &policy_duration, PLACE(time_limit_s), "1h", 1, 30 * (int64_t)DAY_S, "a task may take so long",
        true },
    { "memory_limit", &policy_size, PLACE(memory_limit_bytes), "512M", 4 * MIB, MIB << 20, "a task may use so much",
        true },
    { "output_limit", &policy_size, PLACE(output_limit_bytes), "16M", 1024, MIB << 10, "a task may write so much",
        true },
    { "processes_limit", &policy_count, PLACE(processes_limit), "256", 1, 65536, "a task may be so many processes",
        true },
    { "backup_paths", &policy_path_list, PLACE(backup_paths), "/", 0, 0, "what plans may back up" },
    { "backup_targets", &policy_user_list, PLACE(backup_targets), "*", 0, 0,
        "to which of this machine's targets plans may send" },
    { "backup_dumps", &policy_user_list, PLACE(backup_dumps), "none", 0, 0,
        "which commands in /etc/vedette/dumps plans may have run" },
    { "backup_hours", &policy_hour_list, PLACE(backup_hours), "always", 0, 0, "when backups may begin" },
    { NULL, NULL, 0, NULL, 0, 0, NULL, false },
};

/* Where a problem stands. */
struct place {
    const char *path;
    unsigned line;
};

static void *value_of(struct policy *policy, const struct policy_key *key)
{
    return (char *)policy + key->offset;
}

/* The text without blanks at either end, cut in place. */
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

static int take_pair(const struct place *place, const char *name, const char *value, unsigned *seen,
    struct policy *policy, struct problem *problem)
{
    unsigned i = 0;
    while (policy_keys[i].name && strcmp(policy_keys[i].name, name))
        i++;
    if (!policy_keys[i].name)
        return problem_set(problem, "bad-policy", name, "%s:%u: there is no key %.40s", place->path, place->line, name);
    if (*seen & 1u << i)
        return problem_set(problem, "bad-policy", name, "%s:%u: %s stands twice", place->path, place->line, name);
    if (policy_keys[i].form->take(&policy_keys[i], value, value_of(policy, &policy_keys[i])))
        return problem_set(problem, "bad-policy", name, "%s:%u: %s must be %s, not %.40s", place->path, place->line,
            name, policy_keys[i].form->wanted, value);
    *seen |= 1u << i;
    return 0;
}

static int take_line(
    const struct place *place, char *line, unsigned *seen, struct policy *policy, struct problem *problem)
{
    line[strcspn(line, "#")] = '\0';
    line = trimmed(line);
    if (!*line)
        return 0;
    char *equals = strchr(line, '=');
    if (!equals)
        return problem_set(problem, "bad-policy", "", "%s:%u: not `key = value`", place->path, place->line);
    *equals = '\0';
    return take_pair(place, trimmed(line), trimmed(equals + 1), seen, policy, problem);
}

int policy_parse(const char *path, const char *text, struct policy *ret, struct problem *problem)
{
    struct policy policy = { 0 };
    struct place place = { path, 0 };
    unsigned seen = 0;
    _Static_assert(sizeof(policy_keys) / sizeof(*policy_keys) <= KEYS_MAX, "a bit for each key");
    for (const struct policy_key *key = policy_keys; key->name; key++)
        key->form->take(key, key->initial, value_of(&policy, key));
    while (*text) {
        char line[256];
        size_t length = strcspn(text, "\n");
        place.line++;
        if (length >= sizeof(line))
            return problem_set(problem, "bad-policy", "", "%s:%u: longer than 255 bytes", path, place.line);
        memcpy(line, text, length);
        line[length] = '\0';
        if (take_line(&place, line, &seen, &policy, problem))
            return -1;
        text += length + (text[length] == '\n');
    }
    *ret = policy;
    return 0;
}

int policy_load(const char *path, struct policy *ret, struct problem *problem)
{
    char *text;
    if (file_read_trusted(path, POLICY_LIMIT_BYTES, &text, problem))
        return -1;
    int error = policy_parse(path, text, ret, problem);
    free(text);
    return error;
}

int policy_find(const char *path, struct policy *ret, struct problem *problem)
{
    if (!path && file_absent(POLICY_DEFAULT))
        return policy_parse(POLICY_DEFAULT, "", ret, problem);
    return policy_load(path ? path : POLICY_DEFAULT, ret, problem);
}
