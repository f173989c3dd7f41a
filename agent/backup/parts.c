/* The parts of a backup: opened, put together, and closed. */
#include <stdio.h>
#include <string.h>

#include "agent/backup/running.h"
#include "lib/problem.h"

static int no_memory(struct problem *problem)
{
    return problem_set(problem, "no-memory", "", "no memory to back up with");
}

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

int parts_open_target(struct run *run, struct problem *problem)
{
    const struct backup_options *options = run->options;
    if (target_conf_find(options->targets, options->target, &run->conf, problem) ||
        identity_open(options, &run->conf, &run->identity, problem))
        return -1;
    /* Each of the crew has a line of its own. */
    run->manner = (struct target_manner){ .stopped = stopped,
        .arg = run,
        .bytes_per_s = ((uint64_t)options->bandwidth_bytes_s + CREW_HANDS - 1) / CREW_HANDS };
    run->target = target_open(&run->conf, &run->manner, problem);
    return run->target ? 0 : -1;
}

/* Plans have little in common, and one would push the other out. */
static void name_cache(struct run *run)
{
    const struct backup_options *options = run->options;
    if (*options->plan)
        snprintf(run->cache_name, sizeof(run->cache_name), "backup.%.32s.%.12s.cache", options->target, options->plan);
    else
        snprintf(run->cache_name, sizeof(run->cache_name), "backup.%.40s.cache", options->target);
}

/* A backup is never written over; and a whole one takes nothing from another. */
int parts_open_past(struct run *run, struct problem *problem)
{
    char name[OBJECT_NAME_BYTES];
    struct target_object object;
    name_of_backup(name, run->identity.agent, OBJECT_COMMIT, run->options->backup);
    enum target_result result = target_find(run->target, name, &object, problem);
    if (result == TARGET_DONE)
        return problem_set(problem, "exists", "backup", "there is a backup %s already", run->options->backup);
    if (result != TARGET_ABSENT)
        return -1;
    name_cache(run);
    if (!(run->index = index_make()))
        return no_memory(problem);
    if (past_open(run->cache_name, run->identity.agent, run->options->slot, run->target, &run->stores, run->index,
            &run->past, problem))
        return -1;
    report_expect(&run->report, run->past.content_bytes);
    return 0;
}

int parts_make(struct run *run, struct problem *problem)
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

void parts_close(struct run *run)
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
