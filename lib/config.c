#include "lib/config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/files.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define FILE_LIMIT_BYTES 65536 /* every setting with a long comment fits several times */

static const struct setting_row *find(const char *name)
{
    for (size_t i = 0; i < setting_count; i++) {
        size_t section = strlen(setting_rows[i].section);
        if (!strncmp(name, setting_rows[i].section, section) && name[section] == '.' &&
            !strcmp(name + section + 1, setting_rows[i].key))
            return &setting_rows[i];
    }
    return NULL;
}

int config_address(const char *address, struct sockaddr_storage *ret, struct problem *problem)
{
    char host[64];
    const char *colon = strrchr(address, ':');
    bool bracketed = address[0] == '[' && colon && colon > address && colon[-1] == ']';
    size_t length = colon ? (size_t)(colon - address) - (bracketed ? 2 : 0) : sizeof(host);
    char *end = NULL;
    unsigned long port = colon ? strtoul(colon + 1, &end, 10) : 0;
    if (length < sizeof(host) && colon[1] >= '0' && colon[1] <= '9' && !*end && port <= 65535) {
        struct sockaddr_storage found = { 0 };
        struct sockaddr_in *v4 = (struct sockaddr_in *)&found;
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&found;
        memcpy(host, address + bracketed, length);
        host[length] = '\0';
        if (!bracketed && inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
            v4->sin_family = AF_INET;
            v4->sin_port = htons((uint16_t)port);
            *ret = found;
            return sizeof(*v4);
        }
        if (bracketed && inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
            v6->sin6_family = AF_INET6;
            v6->sin6_port = htons((uint16_t)port);
            *ret = found;
            return sizeof(*v6);
        }
    }
    return problem_set(problem, "bad-setting", "", "%s is not address:port, as 0.0.0.0:7700 or [::]:7700", address);
}

static int set_int(const struct setting_row *row, const char *value, int64_t *place, struct problem *problem)
{
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (!*value || *end || errno || number < row->min || number > row->max)
        return problem_set(problem, "bad-setting", "", "\"%s\" is not a whole number from %" PRId64 " to %" PRId64,
            value, row->min, row->max);
    *place = number;
    return 0;
}

static int set_text(const struct setting_row *row, const char *value, const char **place, struct problem *problem)
{
    struct sockaddr_storage ignored;
    size_t length = strlen(value);
    if (row->type == SETTING_TEXT && (length < (size_t)row->min || length > (size_t)row->max))
        return problem_set(problem, "bad-setting", "", "it must have %" PRId64 " to %" PRId64 " bytes", row->min,
            row->max);
    if (row->type == SETTING_ADDRESS && config_address(value, &ignored, problem) < 0)
        return -1;
    if (row->type == SETTING_ENDPOINT && strncmp(value, "ipc://", 6) && strncmp(value, "tcp://", 6))
        return problem_set(problem, "bad-setting", "", "\"%s\" does not begin with ipc:// or tcp://", value);
    char *copy = strdup(value);
    if (!copy)
        return problem_set(problem, "no-memory", "", "no memory");
    *place = copy;
    return 0;
}

static int set_word(const struct setting_row *row, const char *value, int *place, struct problem *problem)
{
    int index = word_index(row->words, value);
    if (index < 0) {
        char allowed[128] = "";
        for (int i = 0; row->words[i]; i++) {
            strncat(allowed, i ? ", " : "", sizeof(allowed) - strlen(allowed) - 1);
            strncat(allowed, row->words[i], sizeof(allowed) - strlen(allowed) - 1);
        }
        return problem_set(problem, "bad-setting", "", "\"%s\" is none of %s", value, allowed);
    }
    *place = index;
    return 0;
}

static int set_flag(const char *value, bool *place, struct problem *problem)
{
    bool on = !strcmp(value, "on");
    if (!on && strcmp(value, "off"))
        return problem_set(problem, "bad-setting", "", "\"%s\" is neither on nor off", value);
    *place = on;
    return 0;
}

static int set(const struct setting_row *row, const char *value, struct settings *settings, struct problem *problem)
{
    void *place = (char *)settings + row->offset;
    switch (row->type) {
    case SETTING_INT:
        return set_int(row, value, place, problem);
    case SETTING_WORD:
        return set_word(row, value, place, problem);
    case SETTING_FLAG:
        return set_flag(value, place, problem);
    case SETTING_TEXT:
    case SETTING_ADDRESS:
    case SETTING_ENDPOINT:
        return set_text(row, value, place, problem);
    }
    return -1;
}

static char *trim(char *text)
{
    text += strspn(text, " \t\r");
    size_t length = strlen(text);
    while (length && strchr(" \t\r", text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* "section.key = value"; where tells people which line or option it was. */
static int assign(char *line, const char *where, struct settings *settings, struct problem *problem)
{
    char *equals = strchr(line, '=');
    if (!equals)
        return problem_set(problem, "bad-setting", "", "%s: not of the form section.key = value", where);
    *equals = '\0';
    const char *name = trim(line);
    const struct setting_row *row = find(name);
    if (!row)
        return problem_set(problem, "unknown-setting", name, "%s: there is no setting %s", where, name);
    struct problem inner;
    if (set(row, trim(equals + 1), settings, &inner))
        return problem_set(problem, inner.code, name, "%s: %s: %s", where, name, inner.reason);
    return 0;
}

static int load_file(const char *path, struct settings *settings, struct problem *problem)
{
    char *text, *rest;
    size_t bytes;
    if (file_read(path, FILE_LIMIT_BYTES, &text, &bytes, problem))
        return -1;
    int error = 0;
    unsigned number = 0;
    rest = text;
    for (char *line; !error && (line = strsep(&rest, "\n"));) {
        char where[128];
        snprintf(where, sizeof(where), "%s:%u", path, ++number);
        line = trim(line);
        if (*line && *line != '#')
            error = assign(line, where, settings, problem);
    }
    free(text);
    return error;
}

int config_load(const char *path, const char *const *overrides, size_t n_overrides, struct settings *ret,
    struct problem *problem)
{
    struct settings settings = { 0 };
    for (size_t i = 0; i < setting_count; i++) {
        if (set(&setting_rows[i], setting_rows[i].initial, &settings, problem))
            return -1;
    }
    if (load_file(path, &settings, problem))
        return -1;
    for (size_t i = 0; i < n_overrides; i++) {
        char *copy = strdup(overrides[i]);
        int error = copy ? assign(copy, "--set", &settings, problem) : -1;
        free(copy);
        if (error)
            return -1;
    }
    *ret = settings;
    return 0;
}
