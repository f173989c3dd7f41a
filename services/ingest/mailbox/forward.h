/*
 * What agents handed over, on its way to its addressee: in order, some at a time, each until the addressee says that it
 * is stored. While that is away it waits, and is tried again from the oldest. An agent that the addressee puts off
 * waits alone: what others say goes on.
 */
#ifndef INGEST_MAILBOX_FORWARD_H
#define INGEST_MAILBOX_FORWARD_H

#include <stdbool.h>
#include <stdint.h>

#include "contract.h"

struct box;
struct bus;
struct loop;
struct loop_timer;
struct turn;

#define FORWARD_ON_THE_WAY 64 /* more would wait at the addressee; each of them is in memory */
#define FORWARD_PUT_OFF 64    /* agents; if more are put off at once everybody waits, as while the addressee is away */

struct forward;

/* One that is on its way. */
struct forward_parcel {
    struct forward *forward;
    uint64_t number; /* 0: this place is free */
    uint32_t agent;
};

/* One of its envelopes is tried each second, and only if that is taken the others. */
struct forward_agent {
    uint32_t agent;
    bool may_try;
};

struct forward {
    struct box *box;
    struct turn *turn;
    struct bus *bus;
    enum addressee addressee;
    struct loop_timer *again, *try;
    uint64_t asked; /* the newest that was looked at, until all are looked at anew */
    struct forward_parcel parcels[FORWARD_ON_THE_WAY];
    unsigned on_the_way;
    struct forward_agent put_off[FORWARD_PUT_OFF];
    unsigned n_put_off;
    bool paused; /* one was not taken: begun anew when no other is on its way */
    bool away;   /* said so already */
    uint64_t forwarded;
};

int forward_open(struct forward *, struct loop *, struct problem *);
/* There may be something: after a start, and when something was taken. */
void forward_go(struct forward *);

#endif
