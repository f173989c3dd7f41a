#include "services/alert/output/worker.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/loop.h"
#include "services/alert/output/sender.h"
#include "services/alert/output/text.h"

#define LOOK_MS 50 /* how often the sender is asked whether what it sent has arrived */

struct worker {
    struct worker_options options;
    const struct sender_kind *kind;
    struct stop stop;
    pthread_t thread;

    pthread_mutex_t lock; /* over everything below */
    pthread_cond_t added;
    struct outgoing *first, **end; /* not sure to have arrived */
    struct outgoing *unsent;       /* the first that was not sent either; NULL: all were */
    unsigned n;
    size_t bytes;
    bool posted; /* `changed` is on its way */
    struct worker_report report;

    /* The thread's own. */
    struct sender *sender;
    struct backoff backoff;
    int64_t settled; /* of those that the sender is sure of, how many left the queue */
};

static struct timespec after(int64_t ms)
{
    struct timespec when;
    clock_gettime(CLOCK_MONOTONIC, &when);
    when.tv_sec += ms / 1000;
    when.tv_nsec += ms % 1000 * 1000000;
    if (when.tv_nsec >= 1000000000) {
        when.tv_sec++;
        when.tv_nsec -= 1000000000;
    }
    return when;
}

static bool is_stopped(struct worker *worker)
{
    return atomic_load(&worker->stop.wanted);
}

/* Under the lock. */
static void tell(struct worker *worker)
{
    if (!worker->posted)
        worker->posted = !loop_post(worker->options.loop, worker->options.changed, worker->options.arg);
}

/* The next event to send; NULL: look after what was sent. */
static const struct outgoing *wait_for_work(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    if (!worker->unsent && worker->first) {
        struct timespec when = after(LOOK_MS);
        pthread_cond_timedwait(&worker->added, &worker->lock, &when);
    }
    while (!worker->first && !is_stopped(worker))
        pthread_cond_wait(&worker->added, &worker->lock);
    const struct outgoing *next = worker->unsent;
    pthread_mutex_unlock(&worker->lock);
    return next;
}

static void sent(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    worker->unsent = worker->unsent->next;
    pthread_mutex_unlock(&worker->lock);
}

/* Under the lock: the oldest has arrived. */
static void drop_first(struct worker *worker)
{
    struct outgoing *event = worker->first;
    worker->first = event->next;
    if (!worker->first)
        worker->end = &worker->first;
    worker->n--;
    worker->bytes -= event->bytes;
    worker->report.next[event->class] = event->place + 1;
    worker->report.delivered++;
    free(event);
}

static void settle(struct worker *worker, int64_t sure)
{
    if (sure <= worker->settled)
        return;
    pthread_mutex_lock(&worker->lock);
    for (; worker->settled < sure; worker->settled++)
        drop_first(worker);
    worker->report.delivered_ms = clock_wall_ms();
    worker->report.failing_since_ms = 0;
    tell(worker);
    pthread_mutex_unlock(&worker->lock);
    worker->backoff = (struct backoff){ 0 };
}

/* Whatever was not sure goes again, after a while. */
static void fail(struct worker *worker, const struct failure *failure)
{
    uint32_t random;
    crypto_random(&random, sizeof(random));
    struct timespec when = after(backoff_after(&worker->backoff, failure, random));
    pthread_mutex_lock(&worker->lock);
    worker->unsent = worker->first;
    worker->settled = 0;
    worker->report.failures++;
    memcpy(worker->report.error, failure->reason, sizeof(worker->report.error));
    if (!worker->report.failing_since_ms) {
        worker->report.failing_since_ms = clock_wall_ms();
        worker->report.failing_mono_ms = clock_mono_ms();
    }
    tell(worker);
    while (!is_stopped(worker) && !pthread_cond_timedwait(&worker->added, &worker->lock, &when))
        ;
    pthread_mutex_unlock(&worker->lock);
}

static void work_once(struct worker *worker)
{
    struct failure failure;
    const struct outgoing *next = wait_for_work(worker);
    if (is_stopped(worker))
        return;
    int error = next ? worker->kind->send(worker->sender, next, &failure) : 0;
    if (next && !error)
        sent(worker);
    int64_t sure = error ? -1 : worker->kind->sure(worker->sender, &failure);
    if (sure >= 0)
        settle(worker, sure);
    else if (!is_stopped(worker))
        fail(worker, &failure);
}

static void *work(void *arg)
{
    struct worker *worker = arg;
    struct failure failure;
    while (!is_stopped(worker))
        work_once(worker);
    int64_t sure = worker->kind->finish(worker->sender, &failure);
    settle(worker, sure);
    while (loop_post(worker->options.loop, worker->options.ended, worker->options.arg))
        usleep(LOOK_MS * 1000); /* the loop's queue is full: it empties, or the process ends */
    return NULL;
}

static int open_lock(struct worker *worker)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    int error = pthread_mutex_init(&worker->lock, NULL) || pthread_cond_init(&worker->added, &attributes);
    pthread_condattr_destroy(&attributes);
    return error;
}

struct worker *worker_start(const struct worker_options *options)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    if (!worker)
        return NULL;
    worker->options = *options;
    worker->kind = sender_kind_of(options->output);
    worker->end = &worker->first;
    worker->stop.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    worker->sender = worker->stop.fd < 0 ? NULL : worker->kind->open(options->output, &worker->stop);
    if (worker->sender && !open_lock(worker) && !pthread_create(&worker->thread, NULL, work, worker))
        return worker;
    if (worker->sender)
        worker->kind->close(worker->sender);
    if (worker->stop.fd >= 0)
        close(worker->stop.fd);
    free(worker);
    return NULL;
}

int worker_add(struct worker *worker, enum class class, uint64_t place, const struct text *text)
{
    struct outgoing *event = outgoing_make(worker->options.output, worker->options.host, text);
    if (!event)
        return -1;
    event->class = class;
    event->place = place;
    pthread_mutex_lock(&worker->lock);
    /* One always fits, however long it is. */
    bool full = worker->n && (worker->n >= WORKER_EVENTS_MAX || worker->bytes + event->bytes > WORKER_BYTES_MAX);
    if (!full) {
        *worker->end = event;
        worker->end = &event->next;
        worker->unsent = worker->unsent ? worker->unsent : event;
        worker->n++;
        worker->bytes += event->bytes;
        pthread_cond_signal(&worker->added);
    }
    pthread_mutex_unlock(&worker->lock);
    if (full)
        free(event);
    return full ? -1 : 0;
}

void worker_report(struct worker *worker, struct worker_report *ret)
{
    pthread_mutex_lock(&worker->lock);
    worker->posted = false;
    *ret = worker->report;
    ret->waiting = worker->n;
    pthread_mutex_unlock(&worker->lock);
}

void worker_stop(struct worker *worker)
{
    const uint64_t one = 1;
    pthread_mutex_lock(&worker->lock);
    atomic_store(&worker->stop.wanted, true);
    (void)!write(worker->stop.fd, &one, sizeof(one));
    pthread_cond_signal(&worker->added);
    pthread_mutex_unlock(&worker->lock);
}

void worker_free(struct worker *worker)
{
    if (!worker)
        return;
    pthread_join(worker->thread, NULL);
    worker->kind->close(worker->sender);
    for (struct outgoing *event = worker->first, *next; event; event = next) {
        next = event->next;
        free(event);
    }
    pthread_cond_destroy(&worker->added);
    pthread_mutex_destroy(&worker->lock);
    close(worker->stop.fd);
    free(worker);
}
