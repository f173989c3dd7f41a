#include "cli/restore/needed.h"

#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/repository/fetch.h"
#include "lib/sha256.h"

struct chained {
    bool has_previous;
    uint8_t own[SHA256_BYTES], previous[SHA256_BYTES];
};

struct reading {
    const struct needed_reader *reader;
    struct needed needed;
    size_t n_chain;
    struct chained *chain;
};

void needed_free(struct needed *needed)
{
    free(needed->all);
    needed->all = NULL;
    needed->n = 0;
}

bool needed_is_lost(enum target_result result, const struct problem *why)
{
    if (problem_is(why, "no-memory"))
        return false;
    return result == TARGET_FAILED || result == TARGET_REFUSED || result == TARGET_STOPPED;
}

void needed_name(const struct needed_object *object, uint32_t agent, char ret[OBJECT_NAME_BYTES])
{
    if (object->object == OBJECT_SEGMENT)
        name_segment(ret, agent, object->sha256);
    else
        name_of_backup(ret, agent, OBJECT_MANIFEST, object->backup);
}

static int add(struct needed *needed, const struct needed_object *object)
{
    if (needed->n == needed->room) {
        size_t room = needed->room ? 2 * needed->room : 1024;
        struct needed_object *all = realloc(needed->all, room * sizeof(*all));
        if (!all)
            return -1;
        needed->all = all;
        needed->room = room;
    }
    needed->all[needed->n++] = *object;
    return 0;
}

static int add_objects(struct needed *needed, const struct commit *commit)
{
    struct needed_object manifest = { .object = OBJECT_MANIFEST, .bytes = commit->manifest_bytes };
    memcpy(manifest.sha256, commit->manifest, SHA256_BYTES);
    memcpy(manifest.backup, commit->backup, BACKUP_BYTES);
    if (add(needed, &manifest))
        return -1;
    for (size_t i = 0; i < commit->n_segments; i++) {
        struct needed_object segment = { .object = OBJECT_SEGMENT, .bytes = commit->segments[i].bytes };
        memcpy(segment.sha256, commit->segments[i].sha256, SHA256_BYTES);
        if (add(needed, &segment))
            return -1;
    }
    return 0;
}

/* Unless it is known who signs, all commits of one agent bear the signature of the first. */
static int is_signed(struct reading *reading, const char *signer, struct problem *problem)
{
    const struct needed_reader *reader = reading->reader;
    const char *first = reading->needed.signer;
    bool good = reader->trusts ? reader->trusts(reader->arg, signer) : !*first || !strcmp(first, signer);
    return good ? 0 : problem_set(problem, "unknown-signer", "", "the commit is signed by %s", signer);
}

static void note(struct reading *reading, const struct commit *commit, const struct buf *object, const char *signer,
    bool timely)
{
    struct needed *needed = &reading->needed;
    struct chained *chained = &reading->chain[reading->n_chain++];
    chained->has_previous = commit->has_previous;
    memcpy(chained->previous, commit->previous, SHA256_BYTES);
    sha256_of(object->data, object->length, chained->own);
    needed->backups++;
    if (!*needed->signer)
        strcpy(needed->signer, signer);
    if (timely && (!*needed->newest || commit->ended_ms > needed->newest_ms)) {
        memcpy(needed->newest, commit->backup, BACKUP_BYTES);
        needed->newest_ms = commit->ended_ms;
    }
}

static int take_commit(
    struct reading *reading, struct target *target, const char *backup, struct buf *object, struct problem *problem)
{
    const struct needed_reader *reader = reading->reader;
    char name[OBJECT_NAME_BYTES], signer[FINGERPRINT_HEX_BYTES];
    struct commit commit;
    struct problem why;
    name_of_backup(name, reader->agent, OBJECT_COMMIT, backup);
    enum target_result result = object_fetch(target, name, object, problem);
    if (result == TARGET_ABSENT)
        return 0; /* pruned meanwhile */
    if (result != TARGET_DONE && !needed_is_lost(result, problem))
        return -1;
    if (result != TARGET_DONE) {
        reader->tell(reader->arg, name, problem);
        return 0;
    }
    if (commit_open(object->data, object->length, reader->agent, backup, &commit, signer, &why)) {
        if (problem_is(&why, "no-memory")) {
            *problem = why;
            return -1;
        }
        reader->tell(reader->arg, name, &why);
        return 0;
    }
    bool counts = !is_signed(reading, signer, &why), timely = counts && !pick_timely(&commit, reader->latest_ms, &why);
    if (!timely)
        reader->tell(reader->arg, name, &why);
    int error = counts && add_objects(&reading->needed, &commit)
                    ? problem_set(problem, "no-memory", "", "no memory for a repository")
                    : 0;
    if (counts && !error)
        note(reading, &commit, object, signer, timely);
    commit_free(&commit);
    return error;
}

static void follow(struct reading *reading)
{
    for (size_t i = 0; i < reading->n_chain; i++) {
        size_t found = 0;
        while (found < reading->n_chain && memcmp(reading->chain[found].own, reading->chain[i].previous, SHA256_BYTES))
            found++;
        reading->needed.unfollowed += reading->chain[i].has_previous && found == reading->n_chain;
    }
}

static int compare(const void *a, const void *b)
{
    return memcmp(((const struct needed_object *)a)->sha256, ((const struct needed_object *)b)->sha256, SHA256_BYTES);
}

/* What several backups need is there once. */
static void unify(struct needed *needed)
{
    size_t n = 0;
    if (needed->n)
        qsort(needed->all, needed->n, sizeof(*needed->all), compare);
    for (size_t i = 0; i < needed->n; i++) {
        const struct needed_object *before = n ? &needed->all[n - 1] : NULL;
        if (!before || before->object != needed->all[i].object || compare(before, &needed->all[i]))
            needed->all[n++] = needed->all[i];
    }
    needed->n = n;
}

const struct needed_object *needed_find(const struct needed *needed, const uint8_t sha256[SHA256_BYTES])
{
    struct needed_object key = { 0 };
    memcpy(key.sha256, sha256, SHA256_BYTES);
    return needed->n ? bsearch(&key, needed->all, needed->n, sizeof(key), compare) : NULL;
}

size_t needed_from(const struct needed *needed, const uint8_t sha256[SHA256_BYTES])
{
    size_t low = 0, high = needed->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(needed->all[middle].sha256, sha256, SHA256_BYTES) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int needed_read(struct target *target, const struct needed_reader *reader, struct needed *ret, struct problem *problem)
{
    struct reading reading = { .reader = reader };
    struct buf object = { .limit_bytes = OBJECT_BYTES_MAX };
    char(*names)[BACKUP_BYTES] = NULL;
    size_t n = 0;
    int error = pick_names(target, reader->agent, &names, &n, problem);
    reading.chain = calloc(n + 1, sizeof(*reading.chain));
    if (!error && !reading.chain)
        error = problem_set(problem, "no-memory", "", "no memory for a repository");
    for (size_t i = 0; i < n && !error; i++)
        error = take_commit(&reading, target, names[i], &object, problem);
    free(names);
    buf_free(&object);
    if (!error) {
        follow(&reading);
        unify(&reading.needed);
        *ret = reading.needed;
    } else {
        needed_free(&reading.needed);
    }
    free(reading.chain);
    return error ? -1 : 0;
}
