/*
 * A thread that sends one output's events, in the order they were added, and never gives up on one. It keeps each until
 * it is sure to have arrived; after a failure it waits (backoff.h) and goes on with the oldest that is not.
 */
#ifndef ALERT_OUTPUT_WORKER_H
#define ALERT_OUTPUT_WORKER_H

#include "services/alert/output/output.h"

#define WORKER_EVENTS_MAX 8192 /* what a syslog receiver that never answers may leave unsure in two seconds */
#define WORKER_BYTES_MAX (8u << 20)

struct loop;
struct text;
struct worker;

struct worker_options {
    struct loop *loop;
    const struct output *output; /* must live until `ended` */
    const char *host;            /* whose log it is */
    /* In the loop's thread. There is news for worker_report. */
    void (*changed)(void *arg);
    /* In the loop's thread, once, after worker_stop: it may be freed. */
    void (*ended)(void *arg);
    void *arg;
};

struct worker_report {
    uint64_t next[CLASS_COUNT]; /* every event before this place is sure to have arrived; 0: none yet */
    unsigned waiting;           /* events that are not */
    uint64_t delivered, failures;
    int64_t delivered_ms;     /* wall clock; 0: nothing yet */
    int64_t failing_since_ms; /* wall clock; 0: it is not */
    int64_t failing_mono_ms;  /* the same by the monotonic clock */
    char error[201];          /* of the last failure; "": none yet */
};

/* NULL: no memory, or no thread. */
struct worker *worker_start(const struct worker_options *);
/* 0; -1: the queue is full, or there is no memory. Try again after `changed` says that few are waiting. */
int worker_add(struct worker *, enum class, uint64_t place, const struct text *);
void worker_report(struct worker *, struct worker_report *ret);
/* Let it end soon; what was sent is made sure of if that is quickly done. */
void worker_stop(struct worker *);
void worker_free(struct worker *);

/* The bytes that go out for an event: the caller's to free. NULL: no memory. */
struct outgoing *outgoing_make(const struct output *, const char *host, const struct text *);

#endif
