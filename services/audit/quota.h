/*
 * How much each producer may add to each class: so many bytes a second for long, and a burst beyond that at once.
 * Whoever is over it keeps its events for later, and takes neither disk nor time from the others. Of what a producer
 * may add of operations nobody in whose name they are asked for gets more than half. Pure.
 */
#ifndef VEDETTE_AUDIT_QUOTA_H
#define VEDETTE_AUDIT_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract.h"

#define QUOTA_PRODUCERS 8 /* bits of enum peer */
#define QUOTA_ACTORS 256  /* at a time: of more, the one whose operations are paid for longest begins anew */
#define QUOTA_ACTOR_BYTES 97

struct quota {
    struct {
        double bytes_per_ms;
        int64_t burst_ms; /* how long the burst takes at that rate */
    } classes[CLASS_COUNT];
    double paid_ms[QUOTA_PRODUCERS][CLASS_COUNT];   /* monotonic; until when the rate pays for what was added */
    uint64_t refused[QUOTA_PRODUCERS][CLASS_COUNT]; /* times that an event had to wait; metrics */
    struct {
        char name[QUOTA_ACTOR_BYTES];
        double paid_ms;
    } actors[QUOTA_ACTORS];
};

/* Both at least 1. */
void quota_set(struct quota *, enum class, uint64_t bytes_per_s, uint64_t burst_bytes);
/* May this producer (a bit of enum peer) add so many bytes now? If so they count. */
bool quota_take(struct quota *, unsigned producer, enum class, size_t bytes, int64_t mono_ms);
/* May one more operation of so many bytes be asked for in this name? If so they count. */
bool quota_take_operation(struct quota *, const char *actor, size_t bytes, int64_t mono_ms);

#endif
