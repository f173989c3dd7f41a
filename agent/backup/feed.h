/*
 * The feed: the main thread puts what it finds into batches, in the order of the tree; full ones go to the crew, and
 * when enough are on their way the oldest is taken in by the writer. That bounds memory.
 */
#ifndef VEDETTE_AGENT_BACKUP_FEED_H
#define VEDETTE_AGENT_BACKUP_FEED_H

#include "agent/backup/writer.h"

#define FEED_BATCHES 8              /* with 4 of twice the size the two cores stood still for 5 % of a backup, now for 2.5 % */
#define FEED_LARGE_BATCHES 2        /* of those that may have chunks of more than */
#define FEED_LARGE_BYTES (1u << 20) /* this: up to 18 MiB each */

struct feed {
    struct crew *crew;
    struct writer *writer;
    void (*moved)(void *arg); /* something came in: often, on the main thread; NULL: nobody wants to know */
    void *arg;
    uint64_t content_bytes; /* that came in, as far as it is known */
    unsigned first, n;      /* on their way: a ring; the one behind is being filled */
    struct batch batches[FEED_BATCHES];
    struct batch *current; /* NULL: begun when there is something for it */
    struct ghash *naming;  /* the main thread's */
};

/* crew, writer and moved are set by the caller. key, index: as a batch has them. -1: no memory. */
int feed_make(struct feed *, const uint8_t key[SECRET_BYTES], struct index *);
void feed_free(struct feed *);

/* Room for so many bytes. The first `kept` of them are what stood in the last room behind what was made a chunk
 * since. NULL + problem. */
uint8_t *feed_room(struct feed *, size_t bytes, size_t kept, struct problem *);
/* So many bytes of the room are the file's next chunk; or, in an archive, part of no chunk. */
void feed_chunk(struct feed *, size_t bytes);
void feed_raw(struct feed *, size_t bytes);

/* Whether the room begins with that piece, and it is still where it was: then it is the file's next chunk, and what the
 * room holds is nobody's again. */
bool feed_same(struct feed *, const struct cached_piece *);
int feed_known(struct feed *, const struct cached_piece *, struct problem *);
int feed_hole(struct feed *, uint64_t length, struct problem *);
int feed_forget(struct feed *, struct problem *);
/* stamp NULL: its content is not to be known by it. */
int feed_entry(
    struct feed *, const struct entry *, const char *path, size_t path_bytes, const struct stamp *, struct problem *);
int feed_up(struct feed *, struct problem *);
/* Everything was taken in by the writer. */
int feed_end(struct feed *, struct problem *);

#endif
