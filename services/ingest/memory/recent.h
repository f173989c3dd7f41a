/*
 * What is recent: agent and counter of every beat that was accepted since the last snapshot (snapshot.h), in order, and
 * whatever else changed of agents (hot.h, cold), in ingest/recent.0 and .1. A drain's batch is written before anybody is
 * told of it, so a kill -9 loses nothing that had an effect. Not synced: the page cache survives us, and for a power cut
 * there is the snapshot.
 *
 * A frame is a batch with its place and a checksum; reading ends at the first frame that is not whole, of this
 * generation, and where it says it is. Replaying never moves a counter back, so beats that are in the snapshot already
 * change nothing; changes are whole and in order, so that the last one stands.
 */
#ifndef INGEST_RECENT_H
#define INGEST_RECENT_H

#include <stddef.h>
#include <stdint.h>

#include "services/ingest/memory/checksum.h"
#include "services/ingest/memory/hot.h"
#include "services/ingest/memory/pair.h"

struct problem;

#define RECENT_BATCH 1024       /* beats of a frame, and changes */

struct recent_beat {
    uint64_t counter;
    uint32_t agent;
} __attribute__((packed, aligned(4)));

/* All of an agent's cold, as it is when the frame is written. */
struct recent_change {
    uint32_t agent;
    struct cold cold;
} __attribute__((packed, aligned(4)));

struct recent_frame {
    uint64_t generation;
    uint64_t position;          /* in the file */
    uint64_t tick;              /* of the presence clock, when these beats came */
    uint32_t beats, changes;    /* 0 … RECENT_BATCH, not both 0; they follow */
    struct checksum sum;        /* of all above and of what follows */
};

struct recent {
    struct pair files;
    const struct hot *hot;      /* whose changes these are */
    uint64_t generation;        /* that is being written */
    uint64_t position;          /* where its next frame goes */
    uint64_t most_bytes;        /* of a file: beyond, all is counted as unwritten until a snapshot makes room */
    uint64_t unwritten;         /* beats that a kill -9 would let come again, and changes that it would undo */
    int error;                  /* errno of the first failure in this generation; 0: all of it is written */
    uint32_t beats, changes;    /* waiting to be written */
    uint32_t changed[RECENT_BATCH];
    struct {
        struct recent_frame frame;
        char body[RECENT_BATCH * (sizeof(struct recent_beat) + sizeof(struct recent_change))];
    } batch;
};

static inline void recent_add(struct recent *recent, uint32_t agent, uint64_t counter)
{
    const struct recent_beat beat = { counter, agent };
    if (recent->beats < RECENT_BATCH) /* whoever takes beats writes after so many */
        memcpy(recent->batch.body + recent->beats++ * sizeof(beat), &beat, sizeof(beat));
}

/* The agent's cold changed: what is written is how it stands by then. Writes by itself when the batch is full. */
void recent_changed(struct recent *, uint32_t agent);
/* Write what was added; it came in this tick. */
void recent_write(struct recent *, uint64_t tick);
/* Begin a new generation, over the one before the last. */
void recent_next(struct recent *);

/* Raise counter and `seen` of registered agents to what a file's frames say, and set their cold; about retirement and
 * maintenance the registry, which was read before, is right. Returns where the whole frames end. Pure. */
uint64_t recent_replay(const uint8_t *bytes, size_t size, uint64_t generation, struct hot *);
/* Replay the generations since the snapshot of this one, and go on behind them. */
void recent_restore(struct recent *, uint64_t snapshot, struct hot *);

#endif
