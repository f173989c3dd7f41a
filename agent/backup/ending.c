/* The end of a backup: what it was is told in its manifest and its commit, which are put last (finish.h). */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/backup/finish.h"
#include "agent/backup/running.h"
#include "lib/clock.h"
#include "lib/problem.h"
#include "lib/repository/manifest.h"
#include "lib/sha256.h"

static int take_segments(const struct run *run, struct commit *ret)
{
    const struct stores *stores = &run->stores;
    ret->segments = calloc(stores->n_lines + 1, sizeof(*ret->segments));
    if (!ret->segments)
        return -1;
    ret->n_segments = stores->n_lines;
    for (uint32_t i = 0; i < stores->n_lines; i++) {
        const struct store *store = &stores->all[stores->lines[i]];
        struct commit_segment *segment = &ret->segments[i];
        *segment = (struct commit_segment){ .kind = store->kind, .bytes = store->bytes };
        segment->live_bytes = store->live_bytes < store->bytes ? (uint32_t)store->live_bytes : store->bytes;
        memcpy(segment->sha256, store->sha256, SHA256_BYTES);
        memcpy(segment->mark, store->mark, BULK_MARK_BYTES);
        segment->marked = true;
    }
    return 0;
}

static void describe(const struct run *run, struct commit *ret)
{
    const struct backup_options *options = run->options;
    const struct walk *walk = &run->walk;
    ret->agent = run->identity.agent;
    memcpy(ret->deployment, options->deployment, sizeof(ret->deployment));
    memcpy(ret->backup, options->backup, sizeof(ret->backup));
    memcpy(ret->base, options->base, sizeof(ret->base));
    memcpy(ret->zone, options->zone, sizeof(ret->zone));
    ret->class = options->class;
    ret->slot = options->slot;
    ret->kept_until = options->kept_until;
    ret->anchor = options->anchor;
    ret->has_previous = run->past.has_commit;
    if (ret->has_previous)
        memcpy(ret->previous, run->past.commit, SHA256_BYTES);
    ret->files = walk->entries;
    ret->changed_files = walk->changed;
    ret->content_bytes = walk->content_bytes;
    ret->new_bytes = run->writer.new_bytes;
    ret->unsteady_files = walk->unsteady;
    ret->unread_files = walk->unread;
}

static int seal_manifest(struct run *run, const uint8_t tree_sha256[SHA256_BYTES], struct commit *commit,
    struct segment *ret_segment, struct sealed *ret, struct problem *problem)
{
    struct manifest manifest = {
        .tree_bytes = run->writer.tree_bytes, .n_unread = run->walk.n_named, .unread = run->walk.named
    };
    memcpy(manifest.tree_sha256, tree_sha256, SHA256_BYTES);
    if (gethostname(manifest.hostname, sizeof(manifest.hostname) - 1) || !manifest.hostname[0])
        strcpy(manifest.hostname, "?");
    if (manifest_seal(&manifest, commit, &run->shipping.sealing, ret_segment, ret, problem))
        return -1;
    memcpy(commit->manifest, ret->sha256, SHA256_BYTES);
    memcpy(commit->manifest_mark, ret->bulk.mark, BULK_MARK_BYTES);
    commit->manifest_marked = true;
    commit->manifest_bytes = ret->bytes;
    return 0;
}

static struct finish finish_of(const struct run *run)
{
    return (struct finish){ run->target, run->identity.agent, run->options->commit_to, run->options->commit_by_s };
}

/* Without it the next one takes longer. */
static void keep_cache(struct run *run, const struct commit *commit, const uint8_t sha256[SHA256_BYTES])
{
    int64_t *kept_until = calloc(commit->n_segments + 1, sizeof(*kept_until));
    for (size_t i = 0; kept_until && i < commit->n_segments; i++) {
        int64_t before = run->stores.all[run->stores.lines[i]].kept_until;
        kept_until[i] = before > commit->kept_until ? before : commit->kept_until;
    }
    if (kept_until)
        (void)cache_end(&run->cache, commit, kept_until, sha256, NULL);
    free(kept_until);
}

/* The cache takes its place after the commit. Before it, and without the commit, the next backup would have none. */
static int put_last(struct run *run, struct commit *commit, const struct sealed *manifest, struct problem *problem)
{
    const struct finish finish = finish_of(run);
    struct buf object = { .limit_bytes = OBJECT_BYTES_MAX };
    uint8_t sha256[SHA256_BYTES];
    commit->ended_ms = clock_wall_ms();
    int error =
        commit_sign(commit, run->identity.sign, &object, problem) ||
        finish_backup(&finish, commit, manifest->parts, 3, &(struct iovec){ object.data, object.length }, problem);
    if (!error) {
        sha256_of(object.data, object.length, sha256);
        keep_cache(run, commit, sha256);
    }
    buf_free(&object);
    return error ? -1 : 0;
}

int ending_put(struct run *run, struct commit *ret, struct problem *problem)
{
    uint8_t tree_sha256[SHA256_BYTES];
    struct segment segment;
    struct sealed manifest;
    if (writer_end(&run->writer, tree_sha256, problem))
        return -1;
    describe(run, ret);
    if (take_segments(run, ret))
        return problem_set(problem, "no-memory", "", "no memory to back up with");
    if (seal_manifest(run, tree_sha256, ret, &segment, &manifest, problem))
        return -1;
    int error = put_last(run, ret, &manifest, problem);
    sealed_free(&manifest);
    segment_free(&segment);
    return error;
}

int ending_put_again(struct run *run, struct commit *ret, struct problem *problem)
{
    const struct finish finish = finish_of(run);
    if (!run->options->ordered)
        return 0;
    return finish_again(&finish, run->options->backup, envelope_key_fingerprint(run->identity.sign), ret, problem);
}
