/* Five minutes of a watch's values in four numbers. Pure. Slots begin at multiples of five minutes of the wall clock, so
 * that those of all machines meet. */
#ifndef VEDETTE_WATCH_AGGREGATE_H
#define VEDETTE_WATCH_AGGREGATE_H

#include <stdbool.h>
#include <stdint.h>

#define SLOT_MS 300000

struct aggregate {
    int64_t slot_ms; /* where it begins, wall clock */
    unsigned samples; /* 0: none yet */
    uint64_t least, most;
    double sum; /* of thousandths, which may be large */
};

/* true: a slot was over, and *ret is what it held. */
bool aggregate_add(struct aggregate *, int64_t wall_ms, uint64_t value, struct aggregate *ret);
/* The same without a new value. */
bool aggregate_end(struct aggregate *, int64_t wall_ms, struct aggregate *ret);
uint64_t aggregate_mean(const struct aggregate *);

#endif
