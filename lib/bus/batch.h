/*
 * A batch of events on its way from a producer to audit, and audit's answer. docs/bus.md has the layout.
 * Decoding checks every length; what it gives points into the given bytes.
 */
#ifndef VEDETTE_BUS_BATCH_H
#define VEDETTE_BUS_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

#define BATCH_EVENTS_MAX 1024           /* one drain of ingest's presence scan fits */
#define BATCH_BYTES_MAX (512u << 10)    /* several batches of several producers fit into one group commit */
#define BATCH_REFUSED_MAX BATCH_EVENTS_MAX

struct batch_event {
    uint64_t sequence;          /* the producer's */
    const char *text;           /* JSON {type, time, tenant, subject, actor, sev, data} */
    size_t bytes;
};

struct batch {
    uint64_t outbox;            /* id of the producer's outbox */
    uint64_t before;            /* sequence of the event that precedes the first one here; 0: none waits before it */
    size_t n;                   /* 0: the producer only asks how far audit is */
    struct batch_event events[BATCH_EVENTS_MAX];
};

/* A batch is written event by event: start, add…, finish. */
void batch_start(struct buf *, uint64_t outbox, uint64_t before);
int batch_add(struct buf *, uint64_t sequence, const void *text, size_t bytes);
int batch_decode(const void *data, size_t bytes, struct batch *ret);

enum batch_status {
    BATCH_TAKEN,        /* everything through `through` is durable or refused for good */
    BATCH_RESEND,       /* something is missing: go on behind `through` */
    BATCH_LATER,        /* no room for this class now, or its quota is used up: go on behind `through` in a while */
};

/* The code by which an operation is refused while the log's disk is full: it must neither be done nor wait. */
#define BATCH_LOG_FULL "log-full"
/* The code by which one is refused whose actor has used up his share of the log. */
#define BATCH_SLOW_DOWN "slow-down"

struct batch_refused {
    uint64_t sequence;
    const char *code;           /* why it will never be taken; not NUL-terminated */
    size_t code_bytes;
};

struct batch_answer {
    enum batch_status status;
    uint64_t outbox, through;
    size_t n_refused;
    struct batch_refused refused[BATCH_REFUSED_MAX];
};

int batch_answer_encode(struct buf *, const struct batch_answer *);
int batch_answer_decode(const void *data, size_t bytes, struct batch_answer *ret);

#endif
