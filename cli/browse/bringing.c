#include "cli/browse/bringing.h"

#include <stdlib.h>
#include <string.h>

#include "cli/restore/unlock.h"
#include "lib/clock.h"
#include "lib/restore/choose.h"
#include "lib/target/target.h"

/* All that one such work has open. */
struct work {
    struct bringing *bringing;
    struct target *target;
    struct picked picked;
    struct opened opened;
    uint8_t *chosen;
};

void bringing_make(struct bringing *bringing, const struct shelf *shelf)
{
    *bringing = (struct bringing){ .shelf = shelf, .lock = PTHREAD_MUTEX_INITIALIZER };
}

static void forget_paths(struct bringing *bringing)
{
    while (bringing->n_paths)
        free(bringing->paths[--bringing->n_paths]);
}

/* Of one that is under way: until it has ended. */
static void join(struct bringing *bringing)
{
    if (bringing->has_thread)
        pthread_join(bringing->thread, NULL);
    bringing->has_thread = false;
    forget_paths(bringing);
}

void bringing_close(struct bringing *bringing)
{
    bringing_stop(bringing);
    join(bringing);
}

void bringing_stop(struct bringing *bringing)
{
    atomic_store(&bringing->stop, true);
}

void bringing_look(struct bringing *bringing, struct bringing_seen *ret)
{
    pthread_mutex_lock(&bringing->lock);
    *ret = bringing->seen;
    pthread_mutex_unlock(&bringing->lock);
}

static void move(struct bringing *bringing, enum bringing_state state)
{
    pthread_mutex_lock(&bringing->lock);
    bringing->seen.state = state;
    if (state == BRINGING_WRITES)
        bringing->seen.began_ms = clock_mono_ms();
    else
        bringing->seen.ended_ms = clock_mono_ms();
    pthread_mutex_unlock(&bringing->lock);
}

static void progress(void *arg, const struct extracted *extracted)
{
    struct bringing *bringing = arg;
    pthread_mutex_lock(&bringing->lock);
    bringing->seen.extracted = *extracted;
    pthread_mutex_unlock(&bringing->lock);
}

static int read_backup(struct work *work, const struct reader_key *key, struct problem *problem)
{
    struct bringing *bringing = work->bringing;
    const struct shelf *shelf = bringing->shelf;
    work->target = target_open(shelf->conf, &(struct target_manner){ 0 }, problem);
    if (!work->target ||
        pick_commit(work->target, shelf->agent, bringing->seen.backup, shelf->signer, &work->picked, problem))
        return -1;
    if (unlock(work->target, key, &work->picked.commit, &work->opened, problem))
        return -1;
    work->chosen = choose_paths(&work->opened.nodes, (const char *const *)bringing->paths, bringing->n_paths, problem);
    return work->chosen ? 0 : -1;
}

static int write_files(struct work *work, const struct reader_key *key, struct problem *problem)
{
    struct bringing *bringing = work->bringing;
    struct beneath beneath;
    struct extracted extracted;
    if (beneath_open(bringing->seen.to, NULL, &beneath, problem))
        return -1;
    const struct extract_job job = { .conf = bringing->shelf->conf,
        .key = key,
        .commit = &work->picked.commit,
        .nodes = &work->opened.nodes,
        .chosen = work->chosen,
        .beneath = &beneath,
        .progress = progress,
        .arg = bringing,
        .stop = &bringing->stop };
    int error =
        choose_room(&work->opened.nodes, work->chosen, beneath.fd, problem) || extract(&job, &extracted, problem);
    beneath_close(&beneath);
    if (!error)
        progress(bringing, &extracted);
    return error ? -1 : 0;
}

static void *bring(void *arg)
{
    struct bringing *bringing = arg;
    struct work work = { .bringing = bringing };
    const struct reader_key key = { .own = bringing->shelf->key, .owner = work.picked.signer };
    struct problem problem;
    int error = read_backup(&work, &key, &problem);
    if (!error) {
        move(bringing, BRINGING_WRITES);
        error = write_files(&work, &key, &problem);
    }
    if (error) {
        pthread_mutex_lock(&bringing->lock);
        bringing->seen.problem = problem;
        pthread_mutex_unlock(&bringing->lock);
    }
    free(work.chosen);
    opened_free(&work.opened);
    commit_free(&work.picked.commit);
    target_close(work.target);
    move(bringing, error ? BRINGING_FAILED : BRINGING_DONE);
    return NULL;
}

static bool is_under_way(struct bringing *bringing)
{
    struct bringing_seen seen;
    bringing_look(bringing, &seen);
    return seen.state == BRINGING_READS || seen.state == BRINGING_WRITES;
}

int bringing_start(
    struct bringing *bringing, const char *backup, char **paths, size_t n, const char *to, struct problem *problem)
{
    if (is_under_way(bringing)) {
        for (size_t i = 0; i < n; i++)
            free(paths[i]);
        return problem_set(problem, "busy", "", "files are being brought back already");
    }
    join(bringing);
    memcpy(bringing->paths, paths, n * sizeof(*paths));
    bringing->n_paths = n;
    atomic_store(&bringing->stop, false);
    bringing->seen = (struct bringing_seen){ .state = BRINGING_READS };
    snprintf(bringing->seen.backup, sizeof(bringing->seen.backup), "%s", backup);
    snprintf(bringing->seen.to, sizeof(bringing->seen.to), "%s", to);
    if (pthread_create(&bringing->thread, NULL, bring, bringing)) {
        bringing->seen.state = BRINGING_NOTHING;
        return problem_set(problem, "no-memory", "", "no memory for a thread");
    }
    bringing->has_thread = true;
    return 0;
}
