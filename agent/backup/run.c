#include "agent/backup/run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/backup/confine.h"
#include "agent/backup/crew.h"
#include "agent/backup/dumps.h"
#include "agent/backup/feed.h"
#include "agent/backup/finish.h"
#include "agent/backup/identity.h"
#include "agent/backup/names.h"
#include "agent/backup/past.h"
#include "agent/backup/report.h"
#include "agent/backup/walk.h"
#include "lib/clock.h"
#include "lib/problem.h"
#include "lib/repository/manifest.h"

/* All parts of one backup. */
struct run {
    struct backup_options *options;
    struct target_conf conf;
    struct target_manner manner;
    struct backup_identity identity;
    struct target *target; /* the main thread's */
    struct crew *crew;
    struct stores stores;
    struct index *index;
    struct cache past;
    char cache_name[64];
    struct cache_writer cache;
    struct shipping shipping;
    struct writer writer;
    struct feed feed;
    struct walk walk;
    struct dumps dumps;
    struct report report;
    struct effort effort;
    bool (*stopped)(void);
};

static bool stopped(void *arg)
{
    struct run *run = arg;
    report_tick(&run->report);
    return run->stopped();
}

/* On the main thread, as often as something comes in. */
static void moved(void *arg)
{
    struct run *run = arg;
    report_progress(&run->report, run->walk.entries, run->feed.content_bytes, run->writer.new_bytes);
    effort_rest(&run->effort);
}

static int no_memory(struct problem *problem)
{
    return problem_set(problem, "no-memory", "", "no memory to back up with");
}

static bool is_within(const struct backup_options *options, const char *path)
{
    size_t i = 0;
    while (i < options->n_within && !path_is_within(path, options->within[i]))
        i++;
    return !options->confined || i < options->n_within;
}

static int outside(const char *path, struct problem *problem)
{
    return problem_set(problem, "policy-path", "", "%.200s is outside of what may be backed up here", path);
}

/* A link on the way to a path may have led out of what the endpoint's owner lets be backed up. */
static int check_within(const struct backup_options *options, struct problem *problem)
{
    for (size_t i = 0; i < options->n_paths; i++) {
        if (!is_within(options, options->paths[i]))
            return outside(options->paths[i], problem);
    }
    for (size_t i = 0; i < options->n_databases; i++) {
        if (!is_within(options, options->databases[i]))
            return outside(options->databases[i], problem);
    }
    return options->n_paths || options->n_databases || options->n_dumps
               ? 0
               : problem_set(problem, "nothing-there", "", "nothing of what the plan names is there");
}

static int open_target(struct run *run, struct problem *problem)
{
    const struct backup_options *options = run->options;
    if (target_conf_find(options->targets, options->target, &run->conf, problem) ||
        identity_open(options, &run->conf, &run->identity, problem))
        return -1;
    /* Each of the crew has a line of its own. */
    run->manner = (struct target_manner){
        .stopped = stopped, .arg = run, .bytes_per_s = (options->bandwidth_bytes_s + CREW_HANDS - 1) / CREW_HANDS
    };
    run->target = target_open(&run->conf, &run->manner, problem);
    return run->target ? 0 : -1;
}

/* A backup is never written over; and a whole one takes nothing from another. */
static int open_past(struct run *run, struct problem *problem)
{
    char name[OBJECT_NAME_BYTES];
    struct target_object object;
    name_of_backup(name, run->identity.agent, OBJECT_COMMIT, run->options->backup);
    enum target_result result = target_find(run->target, name, &object, problem);
    if (result == TARGET_DONE)
        return problem_set(problem, "exists", "backup", "there is a backup %s already", run->options->backup);
    if (result != TARGET_ABSENT)
        return -1;
    /* Plans have little in common, and one would push the other out. */
    if (run->options->plan)
        snprintf(run->cache_name, sizeof(run->cache_name), "backup.%.32s.%.12s.cache", run->options->target,
            run->options->plan);
    else
        snprintf(run->cache_name, sizeof(run->cache_name), "backup.%.40s.cache", run->options->target);
    run->index = index_make();
    if (!run->index)
        return no_memory(problem);
    if (past_open(run->cache_name, run->identity.agent, run->options->slot, run->target, &run->stores, run->index,
            &run->past, problem))
        return -1;
    report_expect(&run->report, run->past.content_bytes);
    return 0;
}

static int make_parts(struct run *run, struct problem *problem)
{
    const struct backup_options *options = run->options;
    run->crew = crew_make(&run->conf, &run->manner, problem);
    if (!run->crew || cache_begin(&run->cache, run->cache_name, problem))
        return -1;
    run->shipping = (struct shipping){ .agent = run->identity.agent,
        .sealing = { (const struct envelope_key *const *)run->identity.recipients, run->identity.n_recipients,
            envelope_key_fingerprint(run->identity.sign) },
        .crew = run->crew,
        .stores = &run->stores };
    memcpy(run->shipping.backup, options->backup, BACKUP_BYTES);
    run->writer = (struct writer){ .shipping = &run->shipping,
        .index = run->index,
        .cache = &run->cache,
        .kind = options->anchor ? SEGMENT_TAR : SEGMENT_CHUNKS };
    run->feed = (struct feed){ .crew = run->crew, .writer = &run->writer, .moved = moved, .arg = run };
    run->walk = (struct walk){ .feed = &run->feed,
        .cache = run->past.data ? &run->past : NULL,
        .stores = &run->stores,
        .archived = options->anchor,
        .paths = (const char *const *)options->paths,
        .n_paths = options->n_paths,
        .excluded = (const char *const *)options->excluded,
        .n_excluded = options->n_excluded,
        .stand_ins = run->dumps.stand_ins,
        .n_stand_ins = run->dumps.n,
        .stopped = run->stopped };
    return shipping_make(&run->shipping) || writer_make(&run->writer) ||
                   feed_make(&run->feed, run->identity.chunk_key, options->anchor ? NULL : run->index)
               ? no_memory(problem)
               : 0;
}

static void close_parts(struct run *run)
{
    crew_free(run->crew); /* first: its jobs are the others' */
    feed_free(&run->feed);
    writer_free(&run->writer);
    shipping_free(&run->shipping);
    dumps_clear(&run->dumps);
    walk_free(&run->walk);
    cache_drop(&run->cache);
    cache_close(&run->past);
    index_free(run->index);
    stores_free(&run->stores);
    target_close(run->target);
    identity_close(&run->identity);
}

/* After: segments are there, then finish.h */

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
    struct sha256 hash;
    commit->ended_ms = clock_wall_ms();
    int error =
        commit_sign(commit, run->identity.sign, &object, problem) ||
        finish_backup(&finish, commit, manifest->parts, 3, &(struct iovec){ object.data, object.length }, problem);
    if (!error) {
        sha256_begin(&hash);
        sha256_add(&hash, object.data, object.length);
        sha256_end(&hash, sha256);
        keep_cache(run, commit, sha256);
    }
    buf_free(&object);
    return error ? -1 : 0;
}

static int back_up(struct run *run, struct commit *ret, struct problem *problem)
{
    uint8_t tree_sha256[SHA256_BYTES];
    struct segment segment;
    struct sealed manifest;
    if (walk_all(&run->walk, problem) || feed_end(&run->feed, problem) ||
        writer_end(&run->writer, tree_sha256, problem))
        return -1;
    walk_name_unread(&run->walk, (const char *const *)run->options->absent, run->options->n_absent);
    describe(run, ret);
    if (take_segments(run, ret))
        return no_memory(problem);
    if (seal_manifest(run, tree_sha256, ret, &segment, &manifest, problem))
        return -1;
    int error = put_last(run, ret, &manifest, problem);
    sealed_free(&manifest);
    segment_free(&segment);
    return error;
}

/* Of an order that was cut off: 1 if all but its last steps were done, and now they are. */
static int go_on(struct run *run, struct commit *ret, struct problem *problem)
{
    const struct finish finish = finish_of(run);
    if (!run->options->ordered)
        return 0;
    return finish_again(&finish, run->options->backup, envelope_key_fingerprint(run->identity.sign), ret, problem);
}

int backup_run(struct backup_options *options, bool (*stopped_)(void), struct commit *ret, struct problem *problem)
{
    struct run *run = calloc(1, sizeof(*run));
    struct commit commit = { .began_ms = clock_wall_ms() };
    if (!run)
        return no_memory(problem);
    run->options = options;
    run->stopped = stopped_;
    run->report.wanted = options->ordered;
    run->effort.percent = options->cpu_percent;
    int error = check_within(options, problem) || open_target(run, problem),
        known = error ? 0 : go_on(run, &commit, problem);
    error = error || known < 0;
    if (!error && !known)
        error = dumps_make(options, stopped, run, &run->dumps, problem) ||
                confine(&run->conf, options->home, *run->dumps.copies, problem) || open_past(run, problem) ||
                make_parts(run, problem) || back_up(run, &commit, problem);
    if (error)
        report_failed(&run->report, problem);
    else
        report_done(&run->report, &commit);
    close_parts(run);
    free(run);
    if (error)
        commit_free(&commit);
    else
        *ret = commit;
    return error ? -1 : 0;
}
