#include "lib/target/tried.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/files.h"
#include "lib/json_file.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "lib/target/conf.h"

#define SUFFIX ".tried"
#define TRIED_LIMIT_BYTES 8192 /* 16 targets of some 150 */

const char *const target_may_words[] = { "no", "hide", "yes" };
static const char *const kind_words[] = {
    [TARGET_DIRECTORY] = "directory",
    [TARGET_SFTP] = "sftp",
    [TARGET_S3] = "s3",
};

static bool is_may(const char *word)
{
    size_t i = 0;
    while (i <= TARGET_MAY && word && strcmp(word, target_may_words[i]))
        i++;
    return word && i <= TARGET_MAY;
}

/* As we write it. */
static bool is_tried(json_t *one)
{
    const char *at, *replace, *remove;
    int write_once;
    return !json_unpack(one, "{s:s, s:b, s:s, s:s !}", "tried_at", &at, "write_once", &write_once, "replace", &replace,
               "remove", &remove) &&
           strlen(at) < RFC3339_BYTES && is_may(replace) && is_may(remove);
}

/* An object, however little can be read: what is lost is tried again. */
static json_t *read_tried(const char *path)
{
    char *text;
    json_t *all = NULL;
    if (!file_read_trusted(path, TRIED_LIMIT_BYTES, &text, NULL)) {
        all = message_parse(text, strlen(text), NULL);
        free(text);
    }
    return all ? all : json_object();
}

static int path_of(const char *targets, char ret[PATH_MAX], struct problem *problem)
{
    return snprintf(ret, PATH_MAX, "%s" SUFFIX, targets) < PATH_MAX
               ? 0
               : problem_set(problem, "file", targets, "the path is too long");
}

int target_tried_keep(const char *targets, const char *name, const struct target_rights *rights, bool write_once,
    int64_t now_ms, struct problem *problem)
{
    char path[PATH_MAX], at[RFC3339_BYTES];
    if (path_of(targets, path, problem))
        return -1;
    json_t *all = read_tried(path);
    clock_rfc3339(at, now_ms);
    json_object_set_new(all, name,
        json_pack("{s:s, s:b, s:s, s:s}", "tried_at", at, "write_once", write_once, "replace",
            target_may_words[rights->replace], "remove", target_may_words[rights->remove]));
    return json_file_write(path, all, JSON_INDENT(2), 0644, problem);
}

json_t *target_tried_tell(const char *targets)
{
    char path[PATH_MAX];
    struct target_confs confs;
    struct problem problem;
    if (path_of(targets, path, &problem) || target_confs_load(targets, &confs, &problem))
        return NULL;
    json_t *told = json_object(), *tried = read_tried(path);
    for (unsigned i = 0; i < confs.n; i++) {
        json_t *one = json_pack("{s:s}", "kind", kind_words[confs.all[i].kind]);
        json_t *of = json_object_get(tried, confs.all[i].name);
        if (of && is_tried(of))
            json_object_update(one, of);
        json_object_set_new(told, confs.all[i].name, one);
    }
    json_decref(tried);
    target_confs_free(&confs);
    return told;
}
