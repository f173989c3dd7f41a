/*
 * How each kind of watch is sampled. Nothing here blocks: what the kernel tells is read at once, connections are made
 * without waiting, and whatever may hang or needs OpenSSL is a child with a deadline.
 */
#ifndef VEDETTE_WATCH_SAMPLER_H
#define VEDETTE_WATCH_SAMPLER_H

#include "agent/watch/child.h"
#include "agent/watch/connection.h"
#include "agent/watch/echo.h"
#include "agent/watch/condition.h"

#define QUESTION_BYTES 1024 /* a request with a path of 500 bytes and a host of 253 */

struct loop;

/* One watch's sampling: memory that a kind keeps from one sample to the next, and what is under way. Zeroed at first. */
struct sampling {
    struct loop *loop;
    const struct document_watched *watch;
    const char *document; /* the id of the document that it stands in */
    void (*taken)(void *arg, const struct sample *);
    void *arg;

    bool under_way;
    uint64_t busy, total; /* cpu: ticks at the last sample */
    struct child child;
    struct connection connection;
    struct echo echo;
    struct loop_timer *limit;
    void (*go_on)(struct sampling *); /* once there is an address */
    char question[QUESTION_BYTES];    /* http: what is sent */
    int64_t began_us;
    char address[64];    /* of the host, numeric; "": not known */
    int64_t resolved_ms; /* when it was looked up, monotonic */
};

/* Start a sample; taken is called once, perhaps at once. The caller sees to it that only one is under way. */
void sampling_take(struct sampling *);
/* End what is under way; taken is not called. */
void sampling_cancel(struct sampling *);

/* For the samplers: the end of a sample. */
void sampling_done(struct sampling *, const struct sample *);
void sampling_value(struct sampling *, uint64_t value);
/* With no value: critical for what is down, unknown for what cannot be measured. */
void sampling_found(struct sampling *, enum level, const char *format, ...) __attribute__((format(printf, 3, 4)));

typedef void sampler(struct sampling *);
sampler sample_cpu, sample_memory, sample_load, sample_disk, sample_age, sample_process, sample_unit, sample_tcp,
    sample_http, sample_ping, sample_certificate, sample_updates, sample_smart, sample_script;

#endif
