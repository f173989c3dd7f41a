/*
 * Copied identities. Each start of an agent has a random instance; one machine restarting goes from A to B for good, two
 * machines with one identity alternate: A, B, A. Pure.
 */
#ifndef INGEST_INSTANCES_H
#define INGEST_INSTANCES_H

#include <stdbool.h>
#include <stdint.h>

#define INSTANCE_BYTES 16
#define INSTANCE_SLOTS 4096     /* by agent id; a slot that another takes over only delays the discovery */

struct instances {
    struct {
        uint32_t agent;
        bool cloned;                    /* this episode has been told */
        uint8_t now[INSTANCE_BYTES], before[INSTANCE_BYTES];
        int64_t now_heard_ms, before_heard_ms;  /* monotonic; 0: never */
    } slots[INSTANCE_SLOTS];
};

/* An agent's mail bore this instance. Whether that shows an identity in use twice which was not told yet: tell it, then
 * instances_told. An episode ends when no alternation was seen for ten minutes. */
bool instances_heard(struct instances *, uint32_t agent, const uint8_t instance[INSTANCE_BYTES], int64_t mono_ms);
void instances_told(struct instances *, uint32_t agent);

#endif
