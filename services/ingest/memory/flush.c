#include "services/ingest/memory/flush.h"

#include <errno.h>

#include "lib/log.h"
#include "lib/metrics.h"
#include "lib/problem.h"
#include "lib/turns.h"
#include "services/ingest/memory/hot.h"
#include "services/ingest/memory/snapshot.h"

#define PERIOD_MS 30000
#define PERIOD_LEAST_MS 5000 /* however fast recent beats fill their room */
/* A file of recent beats and changes: of agents that beat each 15 s, for 160 s; of all of them as they come for the first
 * time, for 20 s. With few agents, what one that goes mad sends in 7 s. */
#define RECENT_BYTES_AN_AGENT 128
#define RECENT_BYTES_LEAST (16u << 20)

int flush_open(struct flush *flush, struct hot *hot, const char *folder, struct problem *problem)
{
    uint64_t recent_bytes = (uint64_t)hot->room * RECENT_BYTES_AN_AGENT;
    if (pair_open(&flush->snapshots, folder, "pulses", problem))
        return -1;
    if (pair_open(&flush->recent.files, folder, "recent", problem)) {
        pair_close(&flush->snapshots);
        return -1;
    }
    flush->hot = hot;
    flush->recent.most_bytes = recent_bytes < RECENT_BYTES_LEAST ? RECENT_BYTES_LEAST : recent_bytes;
    flush->written = snapshot_load(&flush->snapshots, hot);
    flush->recent.hot = hot;
    recent_restore(&flush->recent, flush->written, hot);
    hot->recent = &flush->recent;
    return 0;
}

/* The snapshot makes older generations superfluous, changes of cold included: so it comes last. */
static void write_out(struct flush *flush)
{
    int error =
        hot_flush(flush->hot) || snapshot_write(&flush->snapshots, flush->recent.generation, flush->hot) ? errno : 0;
    if (!error)
        flush->written = flush->recent.generation;
    if (error && !flush->failed)
        log_error(
            "flush.failed", LOG_INT("errno", error), LOG_TEXT("reason", "counters and states are not on the disk"));
    flush->failed = error;
}

static void *run(void *arg)
{
    struct flush *flush = arg;
    turns_last(); /* a quarter of a second of work, of ten million agents: too long for beats to wait */
    pthread_mutex_lock(&flush->lock);
    while (!flush->stopping) {
        if (!flush->busy) {
            pthread_cond_wait(&flush->wake, &flush->lock);
            continue;
        }
        pthread_mutex_unlock(&flush->lock);
        write_out(flush);
        flush->busy = false;
        pthread_mutex_lock(&flush->lock);
    }
    pthread_mutex_unlock(&flush->lock);
    return NULL;
}

int flush_start(struct flush *flush, int64_t mono_ms, struct problem *problem)
{
    pthread_mutex_init(&flush->lock, NULL);
    pthread_cond_init(&flush->wake, NULL);
    flush->began_ms = mono_ms - PERIOD_MS; /* at once: who is killed again and again must not replay ever more */
    errno = pthread_create(&flush->thread, NULL, run, flush);
    if (errno)
        return problem_errno(problem, "thread", "", "cannot start the thread that writes counters to the disk");
    flush->running = true;
    metric_gauge("flush_ms", NULL, "How long the last writing of counters and states to the disk took, or takes so far",
        &flush->took_ms);
    metric_gauge("recent_bytes", NULL, "Beats recorded since the last snapshot", &flush->recent_bytes);
    metric_counter("beats_unrecorded_total", NULL, "Beats that counted without being recorded, for want of disk",
        &flush->recent.unwritten);
    return 0;
}

/* A new generation, if the one before has its snapshot: otherwise that one is still needed, and goes on. */
static void begin(struct flush *flush)
{
    if (flush->written == flush->recent.generation)
        recent_next(&flush->recent);
}

static void tell_unwritten(struct flush *flush)
{
    if (flush->recent.error && !flush->told_unwritten)
        log_error("recent.unwritten", LOG_INT("errno", flush->recent.error),
            LOG_TEXT("reason", "beats count without being recorded: a kill of this process may let them come again"));
    flush->told_unwritten = flush->recent.error;
}

void flush_tick(struct flush *flush, int64_t mono_ms)
{
    const struct recent *recent = &flush->recent;
    bool pressed = recent->error || recent->position > recent->most_bytes / 2;
    int64_t since_ms = mono_ms - flush->began_ms;
    tell_unwritten(flush);
    flush->recent_bytes = (int64_t)recent->position;
    if (flush->busy)
        flush->took_ms = since_ms;
    if (flush->busy || since_ms < (pressed ? PERIOD_LEAST_MS : PERIOD_MS))
        return;
    begin(flush);
    flush->began_ms = mono_ms;
    pthread_mutex_lock(&flush->lock);
    flush->busy = true;
    pthread_cond_signal(&flush->wake);
    pthread_mutex_unlock(&flush->lock);
}

void flush_stop(struct flush *flush)
{
    if (flush->running) {
        pthread_mutex_lock(&flush->lock);
        flush->stopping = true;
        pthread_cond_signal(&flush->wake);
        pthread_mutex_unlock(&flush->lock);
        pthread_join(flush->thread, NULL);
        begin(flush);
        write_out(flush);
    }
    if (flush->hot) {
        flush->hot->recent = NULL;
        pair_close(&flush->snapshots);
        pair_close(&flush->recent.files);
    }
    flush->running = false;
    flush->hot = NULL;
}
