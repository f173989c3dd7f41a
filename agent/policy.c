#include "agent/policy.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/problem.h"

#define KEYS_MAX 32 /* bits of `seen` */

const struct policy_key policy_keys[] = {
    { "inventory", offsetof(struct policy, inventory), true, "report the machine: what-i-send lists every field" },
    { "server_may_wake", offsetof(struct policy, server_may_wake), true,
        "fetch mail when the server says there is some" },
    { NULL, 0, false, NULL },
};

/* Where a problem stands. */
struct place {
    const char *path;
    unsigned line;
};

static bool *value_of(struct policy *policy, const struct policy_key *key)
{
    return (bool *)((char *)policy + key->offset);
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
    if (strcmp(value, "on") && strcmp(value, "off"))
        return problem_set(problem, "bad-policy", name, "%s:%u: %s must be on or off, not %.40s", place->path,
            place->line, name, value);
    *seen |= 1u << i;
    *value_of(policy, &policy_keys[i]) = !strcmp(value, "on");
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
    struct policy policy;
    struct place place = { path, 0 };
    unsigned seen = 0;
    _Static_assert(sizeof(policy_keys) / sizeof(*policy_keys) <= KEYS_MAX, "a bit for each key");
    for (const struct policy_key *key = policy_keys; key->name; key++)
        *value_of(&policy, key) = key->initial;
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
    struct stat found;
    char *text;
    size_t bytes;
    if (stat(path, &found))
        return problem_errno(problem, "bad-policy", path, "cannot read the policy %s", path);
    if ((found.st_uid != 0 && found.st_uid != geteuid()) || found.st_mode & 022)
        return problem_set(problem, "loose-permissions", path,
            "%s must belong to root and be writable by nobody else (0644); it is %04o of user %u", path,
            found.st_mode & 07777, found.st_uid);
    if (file_read(path, POLICY_LIMIT_BYTES, &text, &bytes, problem))
        return -1;
    int error = strlen(text) == bytes ? policy_parse(path, text, ret, problem)
                                      : problem_set(problem, "bad-policy", "", "%s holds a NUL byte", path);
    free(text);
    return error;
}

int policy_find(const char *path, struct policy *ret, struct problem *problem)
{
    if (!path && access(POLICY_DEFAULT, F_OK))
        return policy_parse(POLICY_DEFAULT, "", ret, problem);
    return policy_load(path ? path : POLICY_DEFAULT, ret, problem);
}
