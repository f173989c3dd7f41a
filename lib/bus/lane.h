/* One outbox on its way to audit: in batches, in order, until audit says that its events are durable. For
 * emit.c. */
#ifndef VEDETTE_BUS_LANE_H
#define VEDETTE_BUS_LANE_H

#include "lib/bus/batch.h"
#include "lib/bus/internal.h"
#include "lib/outbox.h"

/* Who wants to hear what became of an event. */
struct bus_waiting {
    uint64_t sequence;
    bus_stored *stored;
    void *arg;
};

struct bus_lane {
    struct bus *bus;
    struct outbox *outbox;
    bool takes;               /* connected, and audit's last answer was not "later" */
    int64_t untaken_since_ms; /* since when it does not */
    bool asked;               /* since the connection came up */
    struct outbox_place next; /* first record not sent yet */
    uint64_t last_sent;       /* sequence of the one before it */
    int64_t answer_by_ms;     /* something is on its way: when it counts as lost */
    int64_t pause_until_ms;
    int64_t resent_ms;           /* when it last began anew … */
    int64_t resend_at_ms;        /* … and does so again; 0: not */
    struct bus_waiting *waiting; /* a ring, by rising sequence */
    size_t first, n_waiting, room;
    struct buf batch;
};

int bus_lane_open(struct bus_lane *, struct bus *, const char *path, size_t bytes, struct problem *);
void bus_lane_close(struct bus_lane *);

/* -1: the outbox is full. */
int bus_lane_keep(struct bus_lane *, const struct buf *text, bus_stored *, void *arg);
void bus_lane_take_answer(struct bus_lane *, const struct batch_answer *);
/* The connection came up, or broke. */
void bus_lane_connected(struct bus_lane *, bool connected);
void bus_lane_turn(struct bus_lane *, struct bus_socket *, bool connected);

#endif
