#include "cli/server/restore_set.h"

#include <stdlib.h>
#include <string.h>

#include "cli/restore/extract.h"
#include "cli/server/apply.h"
#include "cli/server/increments.h"
#include "lib/problem.h"
#include "lib/repository/fetch.h"
#include "lib/sha256.h"

struct restoring {
    const struct target_conf *conf;
    const struct envelope_key *own;
    struct target *target;
    uint32_t agent;
    int folder;
    struct picked picked;
    struct manifest manifest;
    struct nodes nodes;
    struct increments increments;
};

static int no_memory(struct problem *problem)
{
    return problem_set(problem, "no-memory", "", "no memory to restore with");
}

static int restore_backup(struct restoring *restoring, struct restored_set *ret, struct problem *problem)
{
    struct reader reader;
    struct extracted extracted;
    const struct beneath beneath = { restoring->folder, false }; /* owners are given afterwards, by name */
    const struct commit *commit = &restoring->picked.commit;
    if (reader_make(&reader, restoring->target, restoring->own, commit))
        return no_memory(problem);
    int error = reader_manifest(&reader, &restoring->manifest, problem) ||
                reader_tree(&reader, &restoring->manifest, &restoring->nodes, problem);
    reader_free(&reader);
    uint8_t *chosen = error ? NULL : malloc(restoring->nodes.n + 1);
    if (!chosen)
        return error ? -1 : no_memory(problem);
    memset(chosen, 1, restoring->nodes.n + 1);
    error = extract(restoring->conf, restoring->own, commit, &restoring->nodes, chosen, &beneath, &extracted, problem);
    free(chosen);
    if (!error && extracted.failed)
        error = problem_set(problem, "file", "", "%u files could not be restored", (unsigned)extracted.failed);
    ret->bytes = error ? 0 : extracted.bytes;
    return error ? -1 : 0;
}

static int hash_of_commit(struct restoring *restoring, uint8_t ret[SHA256_BYTES], struct problem *problem)
{
    char name[OBJECT_NAME_BYTES];
    struct sha256 sha256;
    name_of_backup(name, restoring->agent, OBJECT_COMMIT, restoring->picked.commit.backup);
    if (object_fetch(restoring->target, name, &restoring->increments.object, problem) != TARGET_DONE)
        return -1;
    sha256_begin(&sha256);
    sha256_add(&sha256, restoring->increments.object.data, restoring->increments.object.length);
    sha256_end(&sha256, ret);
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
    if (pick_newest(restoring->target, restoring->agent, signer, &restoring->picked, problem))
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
    nodes_free(&restoring.nodes);
    manifest_free(&restoring.manifest);
    commit_free(&restoring.picked.commit);
    target_close(restoring.target);
    return error;
}
