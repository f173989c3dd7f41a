#include "services/audit/search/searcher.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/files.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/problem.h"
#include "lib/turns.h"

#define JOBS_MAX 8    /* at a second each: the last one waits less than a caller does */
#define LOOK_MS 250   /* how often checkpoints are looked at */
#define RETRY_MS 5000 /* after a failure */

struct follower {
    char log[64], file[64]; /* paths */
    struct index *index;
    bool placed;        /* there is a directory for it */
    int64_t retry_ms;   /* monotonic: failed, and not before then again */
    const char *failed; /* code of the last failure, logged; NULL: none since */
};

struct searcher {
    struct searcher_options options;
    struct follower followers[CLASS_COUNT];
    _Atomic uint64_t kept_from[CLASS_COUNT];
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t arrived;
    struct job *first, **last;
    unsigned waiting;
    bool stopping;
    struct searcher_state state;
};

/* The next job; NULL: there is none, after waiting for wait_ms at most. */
static struct job *next_job(struct searcher *searcher, unsigned wait_ms, bool *ret_stopping)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)wait_ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&searcher->lock);
    if (wait_ms && !searcher->first && !searcher->stopping)
        pthread_cond_timedwait(&searcher->arrived, &searcher->lock, &until);
    struct job *job = searcher->first;
    if (job && !(searcher->first = job->next))
        searcher->last = &searcher->first;
    searcher->waiting -= job != NULL;
    *ret_stopping = searcher->stopping;
    pthread_mutex_unlock(&searcher->lock);
    return job;
}

static void failed(struct follower *follower, const struct problem *problem)
{
    if (!follower->failed || strcmp(follower->failed, problem->code))
        log_problem(LOG_LEVEL_WARNING, "index.failed", problem);
    follower->failed = problem->code;
    follower->retry_ms = clock_mono_ms() + RETRY_MS;
}

/* A step of one class. Did it get on? */
static bool follow(struct follower *follower, const char *directory)
{
    struct problem problem;
    if (follower->failed && clock_mono_ms() < follower->retry_ms)
        return false;
    if (!follower->placed)
        follower->placed = !dir_make(directory, 0700, &problem);
    enum index_step step = follower->placed ? index_step(follower->index, &problem) : INDEX_FAILED;
    if (step == INDEX_FAILED)
        failed(follower, &problem);
    else
        follower->failed = NULL;
    return step == INDEX_WORKED;
}

static bool follow_all(struct searcher *searcher)
{
    struct searcher_state state = { 0 };
    bool worked = false;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        struct follower *follower = &searcher->followers[class];
        index_forget(follower->index, searcher->kept_from[class]);
        worked |= follow(follower, searcher->options.directory);
        uint64_t size = index_size(follower->index), indexed = index_indexed(follower->index);
        state.indexed += indexed;
        state.behind += indexed < size ? size - indexed : 0;
        state.failing |= follower->failed != NULL;
    }
    pthread_mutex_lock(&searcher->lock);
    searcher->state = state;
    pthread_mutex_unlock(&searcher->lock);
    return worked;
}

/* Jobs come first, and the log is followed between them. */
static void *work(void *arg)
{
    struct searcher *searcher = arg;
    struct index *indexes[CLASS_COUNT];
    bool worked = true, stopping = false;
    /* Ten million entries are made anew in a minute: not at the cost of those who wait for the loop. */
    turns_behind();
    for (int class = 0; class < CLASS_COUNT; class ++)
        indexes[class] = searcher->followers[class].index;
    for (;;) {
        struct job *job = next_job(searcher, worked ? 0 : LOOK_MS, &stopping);
        if (stopping)
            return NULL;
        if (job) {
            job->work(job, indexes);
            /* The loop's queue holds a thousand times ours. */
            while (loop_post(searcher->options.loop, job->done, job))
                sched_yield();
        }
        worked = follow_all(searcher) || job;
    }
}

static int make_indexes(struct searcher *searcher)
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        const struct searcher_options *options = &searcher->options;
        struct follower *follower = &searcher->followers[class];
        snprintf(follower->log, sizeof(follower->log), "%s/%s", options->log, class_words[class]);
        snprintf(follower->file, sizeof(follower->file), "%s/%s", options->directory, class_words[class]);
        follower->index = index_new(&(struct index_options){
            follower->log, follower->file, options->keep_free_bytes, options->keys, (enum class) class });
        if (!follower->index)
            return -1;
    }
    return 0;
}

static void release(struct searcher *searcher)
{
    for (int class = 0; class < CLASS_COUNT; class ++)
        index_free(searcher->followers[class].index);
    pthread_cond_destroy(&searcher->arrived);
    pthread_mutex_destroy(&searcher->lock);
    free(searcher);
}

struct searcher *searcher_start(const struct searcher_options *options, struct problem *problem)
{
    pthread_condattr_t monotonic;
    struct searcher *searcher = calloc(1, sizeof(*searcher));
    if (!searcher) {
        problem_set(problem, "no-memory", "", "no memory");
        return NULL;
    }
    searcher->options = *options;
    searcher->last = &searcher->first;
    pthread_mutex_init(&searcher->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&searcher->arrived, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (make_indexes(searcher)) {
        problem_set(problem, "no-memory", "", "no memory");
        release(searcher);
        return NULL;
    }
    if (pthread_create(&searcher->thread, NULL, work, searcher)) {
        problem_set(problem, "no-thread", "", "cannot start the thread for searches");
        release(searcher);
        return NULL;
    }
    return searcher;
}

void searcher_stop(struct searcher *searcher)
{
    if (!searcher)
        return;
    pthread_mutex_lock(&searcher->lock);
    searcher->stopping = true;
    pthread_cond_signal(&searcher->arrived);
    pthread_mutex_unlock(&searcher->lock);
    pthread_join(searcher->thread, NULL);
    release(searcher);
}

int searcher_do(struct searcher *searcher, struct job *job, struct problem *problem)
{
    pthread_mutex_lock(&searcher->lock);
    bool room = searcher->waiting < JOBS_MAX;
    if (room) {
        job->next = NULL;
        *searcher->last = job;
        searcher->last = &job->next;
        searcher->waiting++;
        pthread_cond_signal(&searcher->arrived);
    }
    pthread_mutex_unlock(&searcher->lock);
    return room ? 0 : problem_set(problem, "busy", "", "too many searches at a time: try again in a moment");
}

void searcher_forget(struct searcher *searcher, enum class class, uint64_t kept_from)
{
    searcher->kept_from[class] = kept_from;
}

void searcher_state(struct searcher *searcher, struct searcher_state *ret)
{
    pthread_mutex_lock(&searcher->lock);
    *ret = searcher->state;
    pthread_mutex_unlock(&searcher->lock);
}
