/*
 * A rollout: the canary first, then one ring after another, each only when the one before went well. Pure.
 */
#ifndef SCHEDULER_ROLLOUT_H
#define SCHEDULER_ROLLOUT_H

#include <stddef.h>
#include <stdint.h>

/* As it stands in the signed document; agents. */
struct rollout {
    uint32_t canary;        /* in the first ring; 0: there is none */
    uint32_t ring;          /* in each ring after that; 0: all */
    uint32_t stop_failures; /* so many stop it; 0: nothing does */
};

/* Ring of the target that stands at this index, counted from 0. */
uint32_t rollout_ring(const struct rollout *, size_t index);

/* How the runs of the rings that are out stand. */
struct rollout_seen {
    uint64_t out;    /* all of the newest ring that is out */
    uint64_t open;   /* of these not ended */
    uint64_t begun;  /* of these begun and not ended */
    uint64_t failed; /* in all rings */
};

enum rollout_says { ROLLOUT_WAIT, ROLLOUT_NEXT, ROLLOUT_STOP };

/* What to do while there is a ring that is not out. A tenth of a ring may stay silent, for it is offline: the others do
 * not wait for that; but for each that has begun they do. */
enum rollout_says rollout_judge(const struct rollout *, const struct rollout_seen *);

#endif
