/*
 * What agents handed over, on its way to its addressee: in order, some at a time, each until the addressee says that it
 * is stored. While that is away it waits, and is tried again from the oldest.
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

struct forward {
    struct box *box;
    struct turn *turn;
    struct bus *bus;
    enum addressee addressee;
    struct loop_timer *again;
    uint64_t asked; /* the newest that is on its way */
    unsigned on_the_way;
    bool paused; /* one was not taken: begun anew when no other is on its way */
    bool away;   /* said so already */
    uint64_t forwarded;
};

int forward_open(struct forward *, struct loop *, struct problem *);
/* There may be something: after a start, and when something was taken. */
void forward_go(struct forward *);

#endif
