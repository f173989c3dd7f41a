/*
 * How much each producer may add to each class: so many bytes a second for long, and a burst beyond that at once.
 * Whoever is over it keeps its events for later, and takes neither disk nor time from the others. Pure.
 */
#ifndef VEDETTE_AUDIT_QUOTA_H
#define VEDETTE_AUDIT_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract.h"

#define QUOTA_PRODUCERS 8 /* bits of enum peer */

struct quota {
    struct {
        double bytes_per_ms;
        int64_t burst_ms; /* how long the burst takes at that rate */
    } classes[CLASS_COUNT];
    double paid_ms[QUOTA_PRODUCERS][CLASS_COUNT];   /* monotonic; until when the rate pays for what was added */
    uint64_t refused[QUOTA_PRODUCERS][CLASS_COUNT]; /* times that an event had to wait; metrics */
};

/* Both at least 1. */
void quota_set(struct quota *, enum class, uint64_t bytes_per_s, uint64_t burst_bytes);
/* May this producer (a bit of enum peer) add so many bytes now? If so they count. */
bool quota_take(struct quota *, unsigned producer, enum class, size_t bytes, int64_t mono_ms);

#endif
