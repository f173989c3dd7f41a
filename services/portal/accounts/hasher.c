#include "services/portal/accounts/hasher.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/crypto.h"
#include "lib/loop.h"
#include "lib/problem.h"

#define THREADS 2
#define QUEUE_MAX 64 /* at 36 ms and two threads the last one waits a good second */

struct job {
    struct job *next;
    hasher_done *done;
    void *arg;
    bool make, matches;
    char hash[128];
    char password[257];
};

struct hasher {
    struct loop *loop;
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    struct job *first, **last;
    unsigned waiting;
};

static void tell(void *arg)
{
    struct job *job = arg;
    job->done(job->arg, job->matches, job->make && !job->matches ? NULL : job->hash);
    crypto_forget(job, sizeof(*job));
    free(job);
}

static struct job *next_job(struct hasher *hasher)
{
    pthread_mutex_lock(&hasher->lock);
    while (!hasher->first)
        pthread_cond_wait(&hasher->arrived, &hasher->lock);
    struct job *job = hasher->first;
    hasher->first = job->next;
    if (!hasher->first)
        hasher->last = &hasher->first;
    hasher->waiting--;
    pthread_mutex_unlock(&hasher->lock);
    return job;
}

static void *work(void *arg)
{
    struct hasher *hasher = arg;
    for (;;) {
        struct job *job = next_job(hasher);
        job->matches = job->make ? crypto_password_hash(job->password, job->hash) == 0
                                 : crypto_password_matches(job->hash, job->password);
        crypto_forget(job->password, sizeof(job->password));
        /* The loop's queue holds a thousand times ours: it is full only for a moment, and a log-in must be answered. */
        while (loop_post(hasher->loop, tell, job))
            sched_yield();
    }
    return NULL;
}

struct hasher *hasher_start(struct loop *loop, struct problem *problem)
{
    struct hasher *hasher = calloc(1, sizeof(*hasher));
    if (!hasher) {
        problem_set(problem, "no-memory", "", "out of memory");
        return NULL;
    }
    hasher->loop = loop;
    hasher->last = &hasher->first;
    pthread_mutex_init(&hasher->lock, NULL);
    pthread_cond_init(&hasher->arrived, NULL);
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, work, hasher)) {
            problem_set(problem, "no-thread", "", "cannot start a thread for password hashes");
            return NULL; /* the process ends: threads and memory with it */
        }
        pthread_detach(thread);
    }
    return hasher;
}

static int put(struct hasher *hasher, const char *hash, const char *password, hasher_done *done, void *arg,
    struct problem *problem)
{
    struct job *job = calloc(1, sizeof(*job));
    if (!job)
        return problem_set(problem, "no-memory", "", "out of memory");
    job->done = done;
    job->arg = arg;
    job->make = !hash;
    snprintf(job->hash, sizeof(job->hash), "%s", hash ? hash : "");
    snprintf(job->password, sizeof(job->password), "%s", password);
    pthread_mutex_lock(&hasher->lock);
    bool room = hasher->waiting < QUEUE_MAX;
    if (room) {
        hasher->waiting++;
        *hasher->last = job;
        hasher->last = &job->next;
        pthread_cond_signal(&hasher->arrived);
    }
    pthread_mutex_unlock(&hasher->lock);
    if (room)
        return 0;
    crypto_forget(job, sizeof(*job));
    free(job);
    return problem_set(problem, "busy", "", "too many log-ins at a time: try again in a moment");
}

int hasher_verify(struct hasher *hasher, const char *hash, const char *password, hasher_done *done, void *arg,
    struct problem *problem)
{
    return put(hasher, hash, password, done, arg, problem);
}

int hasher_make(struct hasher *hasher, const char *password, hasher_done *done, void *arg, struct problem *problem)
{
    return put(hasher, NULL, password, done, arg, problem);
}
