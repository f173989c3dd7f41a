#include "offsite/ship/carrier.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/repository/commit.h"
#include "lib/repository/complete.h"
#include "lib/repository/fetch.h"
#include "lib/target/remove.h"

#define OBJECTS_MAX 100000 /* of one sort in a look; the rest comes with the next */
#define ANEW "anew" /* as offsite/copy/spool.h has it: a whole backup is wanted, which refers to no earlier one */

struct found {
    size_t n, room;
    char (*names)[OBJECT_NAME_BYTES];
    struct waiting *waiting;
};

int carrier_open(
    const struct target_conf *conf, const struct target_manner *manner, struct carrier *ret, struct problem *problem)
{
    *ret = (struct carrier){ .object.limit_bytes = OBJECT_BYTES_MAX };
    ret->target = target_open(conf, manner, problem);
    int error = ret->target ? 0 : -1;
    for (int set = 0; set < SERVER_SET_COUNT && !error; set++) {
        struct target_conf spool = { .kind = TARGET_DIRECTORY };
        snprintf(
            ret->folders[set], sizeof(ret->folders[set]), SERVER_COPIES "/%s/%s", server_set_words[set], conf->name);
        strcpy(spool.path, ret->folders[set]);
        ret->spools[set] = target_open(&spool, &(struct target_manner){ 0 }, problem);
        error = ret->spools[set] ? 0 : -1;
    }
    if (error)
        carrier_close(ret);
    return error;
}

void carrier_close(struct carrier *carrier)
{
    target_close(carrier->target);
    for (int set = 0; set < SERVER_SET_COUNT; set++)
        target_close(carrier->spools[set]);
    buf_free(&carrier->object);
}

static int note(void *arg, const struct target_object *object)
{
    struct found *found = arg;
    struct object_name name;
    if (name_parse(object->name, &name) || found->n == OBJECTS_MAX)
        return 0;
    if (found->n == found->room) {
        size_t room = found->room ? 2 * found->room : 64;
        void *names = reallocarray(found->names, room, OBJECT_NAME_BYTES);
        if (!names)
            return -1;
        found->names = names;
        found->room = room;
    }
    snprintf(found->names[found->n++], OBJECT_NAME_BYTES, "%s", object->name);
    found->waiting->objects++;
    found->waiting->bytes += object->bytes;
    if (!found->waiting->oldest_s || object->modified_s < found->waiting->oldest_s)
        found->waiting->oldest_s = object->modified_s;
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static int list(
    struct carrier *carrier, enum server_set set, enum object kind, struct found *ret, struct problem *problem)
{
    char folder[OBJECT_NAME_BYTES];
    name_folder(folder, server_set_number(set), kind);
    enum target_result result = target_list(carrier->spools[set], folder, note, ret, problem);
    if (result == TARGET_STOPPED)
        return problem_set(problem, "no-memory", "", "no memory for a list");
    if (result)
        return -1;
    if (ret->n)
        qsort(ret->names, ret->n, OBJECT_NAME_BYTES, by_name); /* increments by their numbers */
    return 0;
}

/* The object goes from the spool, for it would be worth nothing in the target: why is the problem. */
static int ask_anew(struct carrier *carrier, enum server_set set, const char *name, struct problem *problem)
{
    char path[sizeof(carrier->folders[0]) + 8];
    snprintf(path, sizeof(path), "%s/" ANEW, carrier->folders[set]);
    int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0660);
    if (fd < 0)
        return problem_errno(problem, "file", path, "cannot ask for a new backup by %s", path);
    close(fd);
    struct problem other;
    if (target_remove(carrier->spools[set], name, &other) != TARGET_DONE)
        *problem = other;
    return -1;
}

/* 1: it is a commit of a backup that lacks something in the target, which was another then, or lost it. */
static int lacks(struct carrier *carrier, const char *name, struct problem *problem)
{
    struct object_name parsed;
    struct commit commit;
    char signer[FINGERPRINT_HEX_BYTES];
    if (name_parse(name, &parsed) || parsed.object != OBJECT_COMMIT)
        return 0;
    if (commit_read(carrier->object.data, carrier->object.length, &commit, signer, problem))
        return -1;
    int error = commit_complete(carrier->target, &commit, problem);
    commit_free(&commit);
    return error && !strcmp(problem->code, COMMIT_LACKS) ? 1 : error;
}

static int carry(struct carrier *carrier, enum server_set set, const char *name, struct problem *problem)
{
    if (object_fetch(carrier->spools[set], name, &carrier->object, problem) != TARGET_DONE)
        return -1;
    int status = lacks(carrier, name, problem);
    if (status)
        return status > 0 ? ask_anew(carrier, set, name, problem) : -1;
    const struct iovec whole = { carrier->object.data, carrier->object.length };
    enum target_result result = target_put(carrier->target, name, &whole, 1, problem);
    if (result == TARGET_BROKEN)
        return ask_anew(carrier, set, name, problem);
    if (result != TARGET_DONE && result != TARGET_EXISTS)
        return -1;
    carrier->objects++;
    carrier->bytes += carrier->object.length;
    return target_remove(carrier->spools[set], name, problem) == TARGET_DONE ? 0 : -1;
}

static int64_t copied_s(enum server_set set)
{
    char path[sizeof(SERVER_COPIES) + 64];
    struct stat status;
    snprintf(path, sizeof(path), SERVER_COPIES "/%s/" SERVER_COPIED, server_set_words[set]);
    return stat(path, &status) ? 0 : status.st_mtim.tv_sec;
}

/* Listed in the opposite order: what a commit needs was there before it, and is listed after it. */
int carrier_look(struct carrier *carrier, enum server_set set, struct waiting *ret, struct problem *problem)
{
    static const enum object order[] = { OBJECT_SEGMENT, OBJECT_MANIFEST, OBJECT_COMMIT, OBJECT_INCREMENT };
    enum { SORTS = sizeof(order) / sizeof(order[0]) };
    struct found found[SORTS] = { 0 };
    int error = 0;
    *ret = (struct waiting){ .copied_s = copied_s(set) };
    for (int i = SORTS; i-- > 0 && !error;) {
        found[i].waiting = ret;
        error = list(carrier, set, order[i], &found[i], problem);
    }
    for (int i = 0; i < SORTS && !error; i++) {
        for (size_t j = 0; j < found[i].n && !error; j++)
            error = carry(carrier, set, found[i].names[j], problem);
    }
    for (int i = 0; i < SORTS; i++)
        free(found[i].names);
    return error ? -1 : 0;
}
