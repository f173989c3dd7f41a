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
#include "lib/message/message.h"
#include "lib/problem.h"

#define NUMBER_DIGITS (EXCHANGE_NAME_BYTES - 1)

static void path_of(const char *folder, const char *way, const char *name, char ret[PATH_MAX])
{
    snprintf(ret, PATH_MAX, "%s/%s/%s", folder, way, name);
}

/* The lowest name that is a number; false: there is none. */
static bool lowest(const char *path, char ret[EXCHANGE_NAME_BYTES])
{
    DIR *open = opendir(path);
    bool found = false;
    for (struct dirent *entry; open && (entry = readdir(open));) {
        if (strlen(entry->d_name) != NUMBER_DIGITS || strspn(entry->d_name, "0123456789") != NUMBER_DIGITS ||
            (found && strcmp(entry->d_name, ret) >= 0))
            continue;
        memcpy(ret, entry->d_name, EXCHANGE_NAME_BYTES);
        found = true;
    }
    if (open)
        closedir(open);
    return found;
}

static int clear_way(const char *path, const char *folder, const char *way, struct problem *problem)
{
    char name[EXCHANGE_NAME_BYTES], file[PATH_MAX];
    while (lowest(path, name)) {
        path_of(folder, way, name, file);
        if (unlink(file) && errno != ENOENT)
            return problem_errno(problem, "file", file, "cannot remove %s", file);
    }
    return 0;
}

static int make_way(const char *folder, const char *way, struct problem *problem)
{
    char path[PATH_MAX];
    path_of(folder, way, "", path);
    return dir_make(path, 0700, problem) || clear_way(path, folder, way, problem) ? -1 : 0;
}

int exchange_make(const char *folder, struct problem *problem)
{
    return dir_make(folder, 0700, problem) || make_way(folder, EXCHANGE_OUT, problem) ||
                   make_way(folder, EXCHANGE_IN, problem)
               ? -1
               : 0;
}

int exchange_remove(const char *folder, struct problem *problem)
{
    static const char *const ways[] = { EXCHANGE_OUT, EXCHANGE_IN };
    char path[PATH_MAX];
    for (int i = 0; i < 2; i++) {
        path_of(folder, ways[i], "", path);
        if (clear_way(path, folder, ways[i], problem))
            return -1;
        rmdir(path); /* a draft that a kill left goes with the next restore of this document */
    }
    rmdir(folder);
    return 0;
}

int exchange_put(const char *folder, const char *way, uint64_t number, enum envelope purpose, const char *body,
    struct problem *problem)
{
    char name[EXCHANGE_NAME_BYTES], path[PATH_MAX];
    struct buf text = { .limit_bytes = EXCHANGE_BYTES_MAX };
    snprintf(name, sizeof(name), "%020" PRIu64, number);
    path_of(folder, way, name, path);
    int error = buf_format(&text, "%s\n", envelope_rows[purpose].purpose) || buf_text(&text, body)
                    ? problem_set(problem, "too-long", "", "a message is too long")
                    : file_write(path, text.data, text.length, 0600, problem);
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

int exchange_next(const char *folder, const char *way, struct exchanged *ret, struct problem *problem)
{
    char path[PATH_MAX], *text;
    size_t bytes;
    path_of(folder, way, "", path);
    if (!lowest(path, ret->name))
        return 0;
    path_of(folder, way, ret->name, path);
    int found = -1;
    if (!file_read(path, EXCHANGE_BYTES_MAX, &text, &bytes, problem)) {
        found = parse(text, bytes, &ret->purpose, &ret->body, problem);
        free(text);
    }
    if (found < 0)
        unlink(path);
    return found;
}

void exchange_drop(const char *folder, const char *way, const struct exchanged *exchanged)
{
    char path[PATH_MAX];
    path_of(folder, way, exchanged->name, path);
    unlink(path);
    json_decref(exchanged->body);
}
