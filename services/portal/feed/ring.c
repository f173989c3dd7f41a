#include "services/portal/feed/ring.h"

#include <stdlib.h>
#include <string.h>

#include "lib/bus/bus.h"
#include "services/portal/fleet/intern.h"

#define RING_BYTES (48u << 20) /* of their JSON; an event has some 600 bytes */

static void drop_oldest(struct feed_ring *ring)
{
    struct feed_kept *kept = &ring->kept[ring->oldest++ % FEED_RING_EVENTS];
    ring->bytes -= kept->bytes;
    free(kept->json);
    *kept = (struct feed_kept){ 0 };
}

void feed_ring_clear(struct feed_ring *ring)
{
    while (ring->oldest < ring->taken)
        drop_oldest(ring);
}

const struct feed_kept *feed_ring_keep(
    struct feed_ring *ring, const struct bus_event *event, const uint64_t next[CLASS_COUNT])
{
    while (ring->taken - ring->oldest >= FEED_RING_EVENTS ||
           (ring->oldest < ring->taken && ring->bytes + event->json_bytes > RING_BYTES))
        drop_oldest(ring);
    struct feed_kept *kept = &ring->kept[ring->taken++ % FEED_RING_EVENTS];
    *kept = (struct feed_kept){ .json = malloc(event->json_bytes + 1),
        .bytes = event->json_bytes,
        .class = (int)event->class,
        .tenant = intern(event->tenant) };
    if (!kept->json)
        abort();
    memcpy(kept->json, event->json, event->json_bytes);
    memcpy(kept->next, next, sizeof(kept->next));
    ring->bytes += event->json_bytes;
    return kept;
}

const struct feed_kept *feed_ring_at(const struct feed_ring *ring, uint64_t n)
{
    return &ring->kept[n % FEED_RING_EVENTS];
}

uint64_t feed_ring_resume(const struct feed_ring *ring, const uint64_t position[CLASS_COUNT], unsigned classes,
    const uint64_t end[CLASS_COUNT])
{
    /* Everything before the oldest kept event must have been seen, in each class. */
    const struct feed_kept *oldest = feed_ring_at(ring, ring->oldest);
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (!(classes & 1u << class))
            continue;
        uint64_t least = ring->oldest < ring->taken ? oldest->next[class] - (oldest->class == class) : end[class];
        if (position[class] < least)
            return UINT64_MAX;
    }
    for (uint64_t n = ring->oldest; n < ring->taken; n++) {
        const struct feed_kept *kept = feed_ring_at(ring, n);
        if (classes & 1u << kept->class && kept->next[kept->class] > position[kept->class])
            return n;
    }
    return ring->taken;
}
