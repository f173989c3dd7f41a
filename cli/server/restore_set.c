#include "cli/server/restore_set.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/restore/unlock.h"
#include "cli/server/apply.h"
#include "cli/server/increments.h"
#include "lib/problem.h"
#include "lib/repository/fetch.h"
#include "lib/restore/extract.h"
#include "lib/sha256.h"

struct restoring {
    const struct target_conf *conf;
    const struct envelope_key *own;
    struct target *target;
    uint32_t agent;
    int folder;
    struct picked picked;
    struct increments increments;
};

static int no_memory(struct problem *problem)
{
    return problem_set(problem, "no-memory", "", "no memory to restore with");
}

static int extract_all(struct restoring *restoring, const struct reader_key *key, const struct nodes *nodes,
    struct extracted *ret, struct problem *problem)
{
    /* Owners are given afterwards, by name. */
    const struct beneath beneath = { .fd = restoring->folder, .uid = geteuid(), .gid = getegid() };
    uint8_t *chosen = malloc(nodes->n + 1);
    if (!chosen)
        return no_memory(problem);
    memset(chosen, 1, nodes->n + 1);
    const struct extract_job job = { .conf = restoring->conf,
        .key = key,
        .commit = &restoring->picked.commit,
        .nodes = nodes,
        .chosen = chosen,
        .beneath = &beneath };
    int error = extract(&job, ret, problem);
    free(chosen);
    if (!error && ret->failed)
        error = problem_set(problem, "file", "", "%u files could not be restored", (unsigned)ret->failed);
    return error;
}

static int restore_backup(struct restoring *restoring, struct restored_set *ret, struct problem *problem)
{
    const struct reader_key key = { .own = restoring->own, .owner = restoring->picked.signer };
    struct opened opened;
    struct extracted extracted;
    if (unlock(restoring->target, &key, &restoring->picked.commit, &opened, problem))
        return -1;
    int error = extract_all(restoring, &key, &opened.nodes, &extracted, problem);
    opened_free(&opened);
    ret->bytes = error ? 0 : extracted.bytes;
    return error;
}

static int hash_of_commit(struct restoring *restoring, uint8_t ret[SHA256_BYTES], struct problem *problem)
{
    char name[OBJECT_NAME_BYTES];
    name_of_backup(name, restoring->agent, OBJECT_COMMIT, restoring->picked.commit.backup);
    if (object_fetch(restoring->target, name, &restoring->increments.object, problem) != TARGET_DONE)
        return -1;
    sha256_of(restoring->increments.object.data, restoring->increments.object.length, ret);
    return 0;
}

/* Twice: first it is found out how far they are whole, for what stands in the middle of a change is worse than what was
 * before it. */
static int restore_increments(struct restoring *restoring, struct restored_set *ret, struct problem *problem)
{
    struct increments *increments = &restoring->increments;
    struct increment last = { .time_ms = ret->backed_up_ms };
    struct buf changes = { .limit_bytes = INCREMENT_CHANGES_MAX + 1 };
    uint8_t previous[SHA256_BYTES];
    if (increments_list(increments, problem) || hash_of_commit(restoring, previous, problem))
        return -1;
    increments_check(increments, previous, &ret->increments, &last, ret->why);
    ret->unused = increments->n - ret->increments;
    ret->changed_ms = last.time_ms;
    int error = 0;
    for (size_t i = 0; i < ret->increments && !error; i++) {
        buf_clear(&changes);
        error = increments_read(increments, i, previous, &last, &changes, problem) ||
                apply_changes(restoring->folder, (const uint8_t *)changes.data, changes.length, problem);
    }
    buf_free(&changes);
    return error ? -1 : 0;
}

static int restore(struct restoring *restoring, const char *signer, struct restored_set *ret, struct problem *problem)
{
    if (pick_newest(restoring->target, restoring->agent, signer, INT64_MAX, &restoring->picked, problem))
        return -1;
    const struct commit *commit = &restoring->picked.commit;
    memcpy(ret->backup, commit->backup, BACKUP_BYTES);
    memcpy(ret->signer, restoring->picked.signer, sizeof(ret->signer));
    ret->backed_up_ms = commit->began_ms;
    restoring->increments = (struct increments){ .target = restoring->target,
        .own = restoring->own,
        .signer = restoring->picked.signer,
        .agent = restoring->agent,
        .backup = commit->backup,
        .object.limit_bytes = OBJECT_BYTES_MAX };
    return restore_backup(restoring, ret, problem) || restore_increments(restoring, ret, problem) ? -1 : 0;
}

int restore_set(const struct target_conf *conf, const struct envelope_key *own, enum server_set set, const char *signer,
    int folder, struct restored_set *ret, struct problem *problem)
{
    struct restoring restoring = { .conf = conf, .own = own, .agent = server_set_number(set), .folder = folder };
    *ret = (struct restored_set){ 0 };
    restoring.target = target_open(conf, &(struct target_manner){ 0 }, problem);
    if (!restoring.target)
        return -1;
    int error = restore(&restoring, signer, ret, problem);
    increments_free(&restoring.increments);
    commit_free(&restoring.picked.commit);
    target_close(restoring.target);
    return error;
}

/* Access logs: each backup has what came since the one before */

struct dated {
    char backup[BACKUP_BYTES];
    int64_t ended_ms;
};

static int by_date(const void *a, const void *b)
{
    const struct dated *one = a, *other = b;
    return (one->ended_ms > other->ended_ms) - (one->ended_ms < other->ended_ms);
}

static size_t date_all(
    struct restoring *restoring, char (*names)[BACKUP_BYTES], size_t n, const char *signer, struct dated *ret)
{
    struct picked picked;
    size_t n_dated = 0;
    for (size_t i = 0; i < n; i++) {
        if (pick_commit(restoring->target, restoring->agent, names[i], signer, &picked, NULL))
            continue;
        ret[n_dated].ended_ms = picked.commit.ended_ms;
        memcpy(ret[n_dated++].backup, names[i], BACKUP_BYTES);
        commit_free(&picked.commit);
    }
    qsort(ret, n_dated, sizeof(*ret), by_date);
    return n_dated;
}

static int restore_dated(struct restoring *restoring, const struct dated *dated, const char *signer,
    struct restored_set *ret, struct problem *problem)
{
    struct restored_set one = { 0 };
    if (pick_commit(restoring->target, restoring->agent, dated->backup, signer, &restoring->picked, problem))
        return -1;
    int error = restore_backup(restoring, &one, problem);
    memcpy(ret->backup, dated->backup, BACKUP_BYTES);
    ret->backed_up_ms = ret->changed_ms = restoring->picked.commit.began_ms;
    ret->bytes += one.bytes;
    commit_free(&restoring->picked.commit);
    return error;
}

int restore_access(const struct target_conf *conf, const struct envelope_key *own, const char *signer, int folder,
    struct restored_set *ret, struct problem *problem)
{
    struct restoring restoring = {
        .conf = conf, .own = own, .agent = server_set_number(SERVER_ACCESS), .folder = folder
    };
    char(*names)[BACKUP_BYTES] = NULL;
    size_t n = 0, n_dated = 0;
    *ret = (struct restored_set){ 0 };
    restoring.target = target_open(conf, &(struct target_manner){ 0 }, problem);
    int error = restoring.target ? pick_names(restoring.target, restoring.agent, &names, &n, problem) : -1;
    struct dated *dated = calloc(n + 1, sizeof(*dated));
    if (!error && !dated)
        error = no_memory(problem);
    if (!error)
        n_dated = date_all(&restoring, names, n, signer, dated);
    for (size_t i = 0; i < n_dated && !error; i++)
        error = restore_dated(&restoring, &dated[i], signer, ret, problem);
    free(dated);
    free(names);
    target_close(restoring.target);
    return error ? -1 : 0;
}
