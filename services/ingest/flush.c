#include "services/ingest/flush.h"

#include <errno.h>
#include <time.h>

#include "lib/log.h"
#include "lib/problem.h"
#include "services/ingest/hot.h"

#define PERIOD_S 30

static void write_out(struct flush *flush)
{
    int error = hot_flush(flush->hot) ? errno : 0;
    if (error && !flush->failed)
        log_error(
            "flush.failed", LOG_INT("errno", error), LOG_TEXT("reason", "counters and states are not on the disk"));
    flush->failed = error;
}

static void *run(void *arg)
{
    struct flush *flush = arg;
    pthread_mutex_lock(&flush->lock);
    while (!flush->stopping) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += PERIOD_S;
        while (!flush->stopping && pthread_cond_timedwait(&flush->wake, &flush->lock, &until) != ETIMEDOUT)
            ;
        pthread_mutex_unlock(&flush->lock);
        write_out(flush);
        pthread_mutex_lock(&flush->lock);
    }
    pthread_mutex_unlock(&flush->lock);
    return NULL;
}

int flush_start(struct flush *flush, const struct hot *hot, struct problem *problem)
{
    pthread_condattr_t monotonic;
    flush->hot = hot;
    pthread_mutex_init(&flush->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&flush->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    errno = pthread_create(&flush->thread, NULL, run, flush);
    if (errno)
        return problem_errno(problem, "thread", "", "cannot start the thread that writes counters to the disk");
    flush->running = true;
    return 0;
}

void flush_stop(struct flush *flush)
{
    if (!flush->running)
        return;
    pthread_mutex_lock(&flush->lock);
    flush->stopping = true;
    pthread_cond_signal(&flush->wake);
    pthread_mutex_unlock(&flush->lock);
    pthread_join(flush->thread, NULL);
    flush->running = false;
}
