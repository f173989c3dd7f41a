/*
 * What ingest knows of each agent, as dense arrays indexed by agent id (1 … room; 0 is nobody; room for whole
 * blocks, so that the last one is scanned like the others).
 *
 * Hot: the pulse, all that a beat touches, 32 bytes at one place in locked memory of huge pages. At ten million agents
 * what a beat costs is one line and one translation that no cache holds, so there must not be two. Keys are in memory
 * only; counter and `seen` are kept by recent.h and snapshot.h. Cold: touched when something changes, which hot_changed
 * must then be told: recent.h records it, so that a kill -9 loses nothing, and hot_flush writes it to ingest/cold.
 */
#ifndef INGEST_HOT_H
#define INGEST_HOT_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/crypto.h"
#include "services/ingest/presence/clock.h"

struct problem;
struct recent;

#define BLOCK_AGENTS 64         /* of a block of the expiry scan */
#define PAGE_AGENTS 8192        /* of a page in Redis */
#define BUCKET_AGENTS 128       /* of a bucket of static records there */

struct pulse {
    uint8_t key[BEAT_KEY_BYTES];
    uint64_t counter;           /* last accepted; this and `seen` are read by another thread: stored whole */
    uint16_t seen;              /* low bits of the tick of the last beat, while the agent is live */
    uint16_t tag;               /* of the address that beats come from: intake.h */
    uint8_t state;              /* presence.h; set by hot_state_set */
};
static_assert(sizeof(struct pulse) == 32, "two in a cache line, none across two");

struct cold {
    int64_t since_ms;           /* wall: beginning of the state that is shown; 0: none yet */
    int64_t last_seen_ms;       /* wall: last beat, once the agent is not live; 0: never heard */
    uint8_t address[16];        /* IPv6, or IPv4 mapped; all zero: unknown */
    uint16_t port;              /* 0: no second beat came from there yet, and no wake goes there */
    uint8_t said;               /* changes of state by its beats, and reports of its machine … */
    uint8_t state;              /* as in the pulse, to outlive us */
    uint32_t said_minute;       /* … in this minute of the presence clock; a kill may lose what was said since */
};

struct hot {
    uint32_t room;              /* greatest id there is room for */
    uint32_t highest;           /* ids 1 … highest are registered */
    struct pulse *pulse;
    struct cold *cold;
    uint16_t *due;              /* per block: tick at which the expiry scan must look at it again */
    uint32_t *site;             /* index into sites */
    uint32_t *woken_s;          /* monotonic time of the last wake */
    /* What Redis does not have yet; per page and per bucket. */
    uint8_t *dirty_seen, *dirty_state, *dirty_record;
    uint8_t *dirty_cold;        /* per block: ingest/cold does not have it yet; cleared by the thread that writes it */
    struct recent *recent;      /* records changes of cold; NULL: nobody does yet */
    struct presence_clock_saved *clock;
    struct hot_header *file;    /* the beginning of ingest/cold, mapped: the clock in it is always the newest */
    int fd;                     /* ingest/cold, while file is not NULL */
};

/* Memory for room agents, huge pages and locked where the system lets us: while still privileged. */
int hot_reserve(struct hot *, uint32_t room, struct problem *);
/* Read the file in folder; a new one is made, a smaller one grown, a damaged one refused. */
int hot_open(struct hot *, const char *folder, struct problem *);
/* Write what changed to the disk; blocks, so from a thread of its own. -1 and errno: the disk failed, and what it did
 * not take is tried again the next time. */
int hot_flush(struct hot *);
void hot_close(struct hot *);

/* The agent's cold has changed: said after its last change. */
void hot_changed(struct hot *, uint32_t agent);

/* The one way to change an agent's state: also where it outlives us, once hot_changed is told. */
static inline void hot_state_set(struct hot *hot, uint32_t agent, uint8_t state)
{
    hot->pulse[agent].state = hot->cold[agent].state = state;
}

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

#define HOT_HEADER_BYTES 4096   /* one page, so that it can be mapped */

/* The first bytes of the file. */
struct hot_header {
    char magic[16];
    uint32_t format;
    uint32_t element_bytes;
    uint64_t elements;
    struct presence_clock_saved clock;
};

/* Whether these are the first bytes of such a file of file_bytes in all. Pure. */
int hot_header_check(const struct hot_header *, uint64_t file_bytes, struct problem *);

#endif
