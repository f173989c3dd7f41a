/*
 * What ingest knows of each agent, as dense arrays indexed by agent id (1 … room; 0 is nobody; room for whole
 * blocks, so that the last one is scanned like the others).
 *
 * Hot, touched by every beat, 32 bytes an agent in two places: its key, and its pulse. Cold, touched when something
 * changes. Keys are in memory only. Pulse and cold are files mapped into memory (ingest/pulses, ingest/cold), so that a
 * kill -9 loses nothing; hot_flush makes them durable.
 */
#ifndef INGEST_HOT_H
#define INGEST_HOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/crypto.h"
#include "services/ingest/presence_clock.h"

struct problem;

#define BLOCK_AGENTS 64         /* of a block of the expiry scan */
#define PAGE_AGENTS 8192        /* of a page in Redis */
#define BUCKET_AGENTS 128       /* of a bucket of static records there */

/* One cache line serves four of them: at ten million agents every line that a beat touches is fetched from memory. */
struct pulse {
    uint64_t counter;           /* last accepted */
    uint16_t seen;              /* low bits of the tick of the last beat, while the agent is live */
    uint16_t tag;               /* of the address that beats come from: intake.h */
    uint8_t state;              /* presence.h */
};

#define HOT_BYTES_PER_AGENT (BEAT_KEY_BYTES + sizeof(struct pulse))

struct cold {
    int64_t since_ms;           /* wall: beginning of the state that is shown; 0: none yet */
    int64_t last_seen_ms;       /* wall: last beat, once the agent is not live; 0: never heard */
    uint8_t address[16];        /* IPv6, or IPv4 mapped; all zero: unknown */
    uint16_t port;
    uint16_t said;              /* changes of state by its beats, and reports of its machine … */
    uint32_t said_minute;       /* … in this minute of the presence clock */
};

struct hot {
    uint32_t room;              /* greatest id there is room for */
    uint32_t highest;           /* ids 1 … highest are registered */
    uint8_t (*key)[BEAT_KEY_BYTES];
    struct pulse *pulse;
    struct cold *cold;
    uint16_t *due;              /* per block: tick at which the expiry scan must look at it again */
    uint32_t *site;             /* index into sites */
    uint32_t *woken_s;          /* monotonic time of the last wake */
    /* What Redis does not have yet; per page and per bucket. */
    uint8_t *dirty_seen, *dirty_state, *dirty_record;
    struct presence_clock_saved *clock;
    bool pulses_new;            /* hot_open found none, so no counter is known */
    void *files[2];
};

/* Memory for room agents, huge pages and locked where the system lets us: while still privileged. */
int hot_reserve(struct hot *, uint32_t room, struct problem *);
/* Map the two files in folder; new ones are made, smaller ones grown, damaged ones refused. */
int hot_open(struct hot *, const char *folder, struct problem *);
/* Write what changed to the disk; blocks, so from a thread of its own. -1: the disk failed. */
int hot_flush(const struct hot *);
void hot_close(struct hot *);

static inline uint32_t hot_blocks(const struct hot *hot)
{
    return hot->highest / BLOCK_AGENTS + 1;
}

static inline uint32_t hot_pages(const struct hot *hot)
{
    return hot->highest / PAGE_AGENTS + 1;
}

static inline uint32_t hot_buckets(const struct hot *hot)
{
    return hot->highest / BUCKET_AGENTS + 1;
}

#define HOT_HEADER_BYTES 4096   /* one page: the array behind it stays aligned */

/* The first bytes of each file. */
struct hot_header {
    char magic[16];
    uint32_t format;
    uint32_t element_bytes;
    uint64_t elements;
    struct presence_clock_saved clock;      /* in `pulses` only */
};

/* Whether these are the first bytes of a file of elements of this size, of file_bytes in all. */
int hot_header_check(const struct hot_header *, uint32_t element_bytes, uint64_t file_bytes, const char *name,
                     struct problem *);

#endif
