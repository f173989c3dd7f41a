#include "agent/exchange.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/files.h"
#include "lib/message.h"
#include "lib/problem.h"

#define NUMBER_DIGITS 20

static void path_of(const char *folder, const char *way, const char *name, char ret[PATH_MAX])
{
    snprintf(ret, PATH_MAX, "%s/%s/%s", folder, way, name);
}

/* The lowest name that is a number; false: there is none. */
static bool lowest(const char *path, char ret[NUMBER_DIGITS + 1])
{
    DIR *open = opendir(path);
    bool found = false;
    for (struct dirent *entry; open && (entry = readdir(open));) {
        if (strlen(entry->d_name) != NUMBER_DIGITS || strspn(entry->d_name, "0123456789") != NUMBER_DIGITS ||
            (found && strcmp(entry->d_name, ret) >= 0))
            continue;
        memcpy(ret, entry->d_name, NUMBER_DIGITS + 1);
        found = true;
    }
    if (open)
        closedir(open);
    return found;
}

static int make_way(const char *folder, const char *way, struct problem *problem)
{
    char path[PATH_MAX], name[NUMBER_DIGITS + 1], file[PATH_MAX];
    path_of(folder, way, "", path);
    if (dir_make(path, 0700, problem))
        return -1;
    while (lowest(path, name)) {
        path_of(folder, way, name, file);
        if (unlink(file) && errno != ENOENT)
            return problem_errno(problem, "file", file, "cannot remove %s", file);
    }
    return 0;
}

int exchange_make(const char *folder, struct problem *problem)
{
    return dir_make(folder, 0700, problem) || make_way(folder, EXCHANGE_OUT, problem) ||
                   make_way(folder, EXCHANGE_IN, problem)
               ? -1
               : 0;
}

int exchange_put(const char *folder, const char *way, uint64_t number, enum envelope purpose, const json_t *body,
    struct problem *problem)
{
    char name[NUMBER_DIGITS + 1], path[PATH_MAX];
    struct buf text = { .limit_bytes = EXCHANGE_BYTES_MAX };
    char *json = body ? json_dumps(body, JSON_COMPACT) : NULL;
    snprintf(name, sizeof(name), "%020" PRIu64, number);
    path_of(folder, way, name, path);
    int error = !json || buf_format(&text, "%s\n", envelope_rows[purpose].purpose) || buf_text(&text, json)
                    ? problem_set(problem, "too-long", "", "a message is too long")
                    : file_write(path, text.data, text.length, 0600, problem);
    free(json);
    buf_free(&text);
    return error;
}

static int parse(const char *text, size_t bytes, enum envelope *ret_purpose, json_t **ret_body, struct problem *problem)
{
    size_t length = strcspn(text, "\n");
    for (int i = 0; i < ENVELOPE_COUNT; i++) {
        if (strlen(envelope_rows[i].purpose) != length || memcmp(envelope_rows[i].purpose, text, length) ||
            length + 1 >= bytes)
            continue;
        *ret_body = message_parse(text + length + 1, bytes - length - 1, problem);
        *ret_purpose = (enum envelope)i;
        return *ret_body ? 1 : -1;
    }
    return problem_set(problem, "bad-message", "", "not a message of a restore");
}

int exchange_take(
    const char *folder, const char *way, enum envelope *ret_purpose, json_t **ret_body, struct problem *problem)
{
    char path[PATH_MAX], name[NUMBER_DIGITS + 1], *text;
    size_t bytes;
    path_of(folder, way, "", path);
    if (!lowest(path, name))
        return 0;
    path_of(folder, way, name, path);
    if (file_read(path, EXCHANGE_BYTES_MAX, &text, &bytes, problem))
        return -1;
    unlink(path);
    int taken = parse(text, bytes, ret_purpose, ret_body, problem);
    free(text);
    return taken;
}
