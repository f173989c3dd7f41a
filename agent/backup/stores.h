/*
 * The segments that a backup knows: those that the backup before it needs, and those that it writes. One becomes a line
 * of the commit with the first reference to it; the line's number is how trees name it.
 */
#ifndef VEDETTE_AGENT_BACKUP_STORES_H
#define VEDETTE_AGENT_BACKUP_STORES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/repository/commit.h"

#define LINE_NONE UINT32_MAX

struct store {
    enum segment_kind kind;
    uint8_t sha256[SHA256_BYTES]; /* of one that is being written: not yet known */
    uint8_t mark[BULK_MARK_BYTES]; /* likewise */
    uint32_t bytes;
    uint64_t live_bytes;
    uint32_t line;
    int64_t kept_until; /* the last date of the backups that list it, as far as is known */
    bool sound;         /* the target has it, and it stays until this backup lists it */
};

struct stores {
    uint32_t n, room, n_lines;
    struct store *all;
    uint32_t *lines; /* which store each is */
};

/* Where a chunk stands. */
struct place {
    uint32_t store, offset, skip; /* as a piece's, lib/repository/tree.h */
    uint32_t bytes;
    uint32_t stored_bytes; /* its share of the frame */
    uint32_t sum;          /* of its content: lib/repository/sum.h */
};

/* -1: no memory, or more than a commit may name. */
int stores_add(struct stores *, const struct store *, uint32_t *ret_store);
/* The line of a store, given one now if it has none. -1: as above. */
int stores_line(struct stores *, uint32_t store, uint32_t *ret_line);
void stores_free(struct stores *);

#endif
