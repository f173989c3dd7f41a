/*
 * A snapshot: counter and `seen` of every agent, no keys, in ingest/pulses.0 and .1 by turns. Written while beats go on
 * coming, so each agent's are of any moment since it was begun: the recent beats since then (recent.h) put that right.
 */
#ifndef INGEST_SNAPSHOT_H
#define INGEST_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "services/ingest/memory/checksum.h"
#include "services/ingest/memory/hot.h"
#include "services/ingest/memory/pair.h"

#define SNAPSHOT_HEADER_BYTES 4096      /* one page: the parts behind it stay aligned */

struct snapshot_header {
    char magic[16];
    uint32_t format;
    uint32_t agents;            /* elements that count, that of nobody (0) included */
    uint64_t generation;
    struct checksum sum;        /* of all above and of the parts */
};

/* The arrays of one page of agents. */
struct snapshot_part {
    uint64_t counter[PAGE_AGENTS];
    uint16_t seen[PAGE_AGENTS];
};

/* Write and sync; blocks, and may run beside the thread that takes beats. -1 and errno: the disk failed. */
int snapshot_write(const struct pair *, uint64_t generation, const struct hot *);
/* The newest whole one into the registered agents' pulses. Returns its generation; 0: there is none. */
uint64_t snapshot_load(const struct pair *, struct hot *);

/* Whether these bytes are a whole snapshot. Pure. */
bool snapshot_check(const uint8_t *bytes, size_t size, struct snapshot_header *ret);

#endif
