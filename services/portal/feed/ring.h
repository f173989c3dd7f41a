/* The newest events, kept for browsers that come back: 65,536 of them, 48 MiB at most. */
#ifndef VEDETTE_PORTAL_FEED_RING_H
#define VEDETTE_PORTAL_FEED_RING_H

#include <stddef.h>
#include <stdint.h>

#include "contract.h"

struct bus_event;

#define FEED_RING_EVENTS 65536

struct feed_kept {
    char *json; /* NULL: given up for room */
    size_t bytes;
    uint64_t next[CLASS_COUNT]; /* position after this event */
    int class;
    const char *tenant; /* interned; NULL: belongs to none */
};

struct feed_ring {
    struct feed_kept kept[FEED_RING_EVENTS]; /* event n stands at n % FEED_RING_EVENTS */
    uint64_t taken;                          /* events so far */
    uint64_t oldest;                         /* the first one still kept */
    size_t bytes;
};

/* Keep an event, with the position after it. Valid until FEED_RING_EVENTS later ones, or feed_ring_clear. */
const struct feed_kept *feed_ring_keep(struct feed_ring *, const struct bus_event *, const uint64_t next[CLASS_COUNT]);
const struct feed_kept *feed_ring_at(const struct feed_ring *, uint64_t n);
void feed_ring_clear(struct feed_ring *);
/* The first kept event that a browser at this position, who may see these classes, has not seen; `taken` if none.
 * end: the position after all events, for a ring that keeps none. UINT64_MAX: the position is too old. */
uint64_t feed_ring_resume(
    const struct feed_ring *, const uint64_t position[CLASS_COUNT], unsigned classes, const uint64_t end[CLASS_COUNT]);

#endif
