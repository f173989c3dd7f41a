/*
 * A batch: what the main thread has read, about 1 MiB of it, and what is to be done with it, in the order of the tree.
 * A hand of the crew names its chunks, leaves out those that are known, and packs the rest into frames, each of one
 * sort; then the batch is taken in by the writer, one after another, so that what is written does not depend on
 * threads.
 */
#ifndef VEDETTE_AGENT_BACKUP_BATCH_H
#define VEDETTE_AGENT_BACKUP_BATCH_H

#include "agent/backup/crew.h"
#include "agent/backup/index.h"
#include "agent/backup/sort.h"
#include "lib/buf.h"
#include "lib/ghash.h"

#define BATCH_BYTES (1u << 20) /* from here on it is packed, or before, lest one more chunk take it beyond a frame */
#define BATCH_STEPS_MAX 4096

/* By what a file is known to be as it was. */
struct stamp {
    uint64_t inode, size;
    int64_t mtime_s, ctime_s;
    uint32_t mtime_ns, ctime_ns;
};

enum step_kind {
    STEP_CHUNK,  /* of the file whose entry follows */
    STEP_HOLE,   /* likewise */
    STEP_FORGET, /* it could not be read to its end: no entry follows */
    STEP_ENTRY,
    STEP_UP,
};

struct step {
    enum step_kind kind;
    bool placed;                                   /* STEP_CHUNK: the place is known, and no data are here */
    uint8_t id[CHUNK_ID_BYTES];                    /* of a chunk */
    struct place place;                            /* of a new chunk: its offset is within the packed data */
    enum sort sort;                                /* of a new chunk */
    uint64_t length;                               /* STEP_HOLE */
    size_t data;                                   /* of a chunk: where it is in the data */
    size_t record, record_bytes, path, path_bytes; /* STEP_ENTRY: in texts */
    bool stamped;                                  /* STEP_ENTRY: a file whose content is to be known next time by… */
    struct stamp stamp;
};

struct batch {
    struct job job;
    struct index *index;  /* NULL: nothing is left out (anchors) */
    struct ghash *naming; /* makes chunk ids */
    uint8_t *data, *packed;
    size_t length, most, room, packed_bytes, packed_room; /* most: from that length on it is packed */
    uint64_t new_bytes;                                   /* of chunks in the packed data */
    struct buf texts;
    unsigned n_steps;
    struct step *steps;
};

/* key: of chunk ids. -1: no memory. */
int batch_make(struct batch *, const uint8_t key[SECRET_BYTES], struct index *);
void batch_free(struct batch *);
/* Empty, with room for a chunk of that size behind others. -1: no memory. */
int batch_begin(struct batch *, size_t chunk_bytes_max);
bool batch_is_full(const struct batch *);
/* The next step. */
struct step *batch_step(struct batch *, enum step_kind);
/* The job of a hand. */
int batch_pack(struct job *, struct hand *, struct problem *);

#endif
