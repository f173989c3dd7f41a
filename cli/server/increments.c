#include "cli/server/increments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/repository/commit.h"
#include "lib/repository/fetch.h"
#include "lib/sha256.h"

#define INCREMENTS_MAX 1000000

struct listing {
    struct increments *increments;
    size_t room;
};

static int note(void *arg, const struct target_object *object)
{
    struct listing *listing = arg;
    struct increments *increments = listing->increments;
    struct object_name name;
    if (name_parse(object->name, &name) || name.object != OBJECT_INCREMENT || name.agent != increments->agent ||
        strcmp(name.backup, increments->backup))
        return 0;
    if (increments->n == listing->room) {
        size_t room = listing->room ? 2 * listing->room : 256;
        void *all = room <= INCREMENTS_MAX ? reallocarray(increments->all, room, sizeof(*increments->all)) : NULL;
        if (!all)
            return -1;
        increments->all = all;
        listing->room = room;
    }
    struct increment_name *one = &increments->all[increments->n++];
    one->number = name.number;
    snprintf(one->name, sizeof(one->name), "%s", object->name);
    return 0;
}

/* In which the number stands first. */
static int by_name(const void *a, const void *b)
{
    const struct increment_name *one = a, *other = b;
    return strcmp(one->name, other->name);
}

/* A target may tell one twice. */
static void sort_once(struct increments *increments)
{
    size_t n = 0;
    if (increments->n)
        qsort(increments->all, increments->n, sizeof(*increments->all), by_name);
    for (size_t i = 0; i < increments->n; i++) {
        if (!n || by_name(&increments->all[n - 1], &increments->all[i]))
            increments->all[n++] = increments->all[i];
    }
    increments->n = n;
}

int increments_list(struct increments *increments, struct problem *problem)
{
    char folder[OBJECT_NAME_BYTES];
    struct listing listing = { increments, 0 };
    increments->object.limit_bytes = OBJECT_BYTES_MAX;
    name_folder(folder, increments->agent, OBJECT_INCREMENT);
    enum target_result result = target_list(increments->target, folder, note, &listing, problem);
    if (result == TARGET_STOPPED)
        return problem_set(problem, "no-memory", "", "no memory, or more increments than one backup has");
    if (result)
        return -1;
    sort_once(increments);
    return 0;
}

void increments_free(struct increments *increments)
{
    free(increments->all);
    buf_free(&increments->object);
}

static int bad(struct problem *problem, const char *why)
{
    return problem_set(problem, "bad-increment", "", "%s", why);
}

int increments_read(struct increments *increments, size_t index, uint8_t previous[SHA256_BYTES], struct increment *ret,
    struct buf *ret_changes, struct problem *problem)
{
    const struct increment_name *one = &increments->all[index];
    struct object_name name;
    uint8_t hash[SHA256_BYTES];
    char signer[FINGERPRINT_HEX_BYTES];
    if (object_fetch(increments->target, one->name, &increments->object, problem) != TARGET_DONE ||
        name_parse(one->name, &name))
        return -1;
    sha256_of(increments->object.data, increments->object.length, hash);
    if (memcmp(hash, name.sha256, INCREMENT_HASH_BYTES))
        return bad(problem, "it is not as it was written");
    struct increment found = { .agent = increments->agent, .number = one->number };
    memcpy(found.backup, increments->backup, sizeof(found.backup));
    if (increment_open(
            increments->own, increments->object.data, increments->object.length, &found, ret_changes, signer, problem))
        return -1;
    if (strcmp(signer, increments->signer))
        return bad(problem, "it is signed by somebody else");
    if (memcmp(found.previous, previous, SHA256_BYTES))
        return bad(problem, "it does not follow the one before");
    memcpy(previous, hash, SHA256_BYTES);
    *ret = found;
    return 0;
}

void increments_check(struct increments *increments, const uint8_t commit[SHA256_BYTES], size_t *ret_n,
    struct increment *ret_last, char ret_why[256])
{
    uint8_t previous[SHA256_BYTES];
    struct buf changes = { .limit_bytes = INCREMENT_CHANGES_MAX + 1 };
    struct problem why = { 0 };
    memcpy(previous, commit, SHA256_BYTES);
    *ret_n = 0;
    for (size_t i = 0; i < increments->n; i++) {
        struct increment one;
        buf_clear(&changes);
        if (increments->all[i].number != i + 1) {
            bad(&why, "the one before it is not there");
            break;
        }
        if (increments_read(increments, i, previous, &one, &changes, &why))
            break;
        if (one.whole) {
            *ret_n = i + 1;
            *ret_last = one;
        }
    }
    snprintf(ret_why, 256, "%s", why.reason);
    buf_free(&changes);
}
