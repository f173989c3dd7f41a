/* What of a set's files was copied already: of each its blocks' hashes, so that a change is found by content alone. */
#ifndef VEDETTE_OFFSITE_HELD_H
#define VEDETTE_OFFSITE_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "lib/crypto.h"
#include "offsite/copy/manner.h"

#define HELD_HASH_BYTES 16
#define HELD_FILES_MAX 1048576 /* of one set; each takes 400 bytes, 16 a block, 72 a MiB in the backup */

struct db;

/* By what a file is known to be as it was. */
struct stamp {
    uint64_t inode; /* 0: it is not known */
    int64_t size;
    struct timespec modified, changed;
};

/* Where a part of a file stands in the target. */
struct held_piece {
    uint8_t sha256[SHA256_BYTES]; /* of the segment, once it is sealed */
    uint32_t line;                /* of the commit, while the backup is written */
    uint32_t segment_bytes, offset, frame_bytes, sum;
    uint64_t length;
};

struct held {
    char *path;
    enum manner manner;
    bool seen;          /* in the walk that goes on */
    bool begun;         /* its blocks are of this backup, and increments go on from them */
    struct stamp stamp; /* of the last look */
    uint64_t size;
    uint32_t block_bytes;
    size_t n_blocks, room;
    uint8_t (*hashes)[HELD_HASH_BYTES];

    struct stamp stored; /* of the file that the last backup has in these pieces */
    size_t n_pieces;
    struct held_piece *pieces;

    /* MANNER_DATABASE */
    struct db *db;
    int fd;         /* of the file; SQLite's locks in this process go when any is closed, so it stays open */
    uint64_t salts; /* of the WAL when all was looked at; 0: never */
    struct stamp wal;
    /* MANNER_JOURNAL: of the last whole frame. */
    uint8_t chain[BLAKE2B_BYTES];
    /* MANNER_OUTBOX: events waited in it at the last look, too. */
    bool waited;
};

struct held_set {
    struct held *all; /* by path */
    size_t n, room;
};

/* The one of this path, made if there was none. NULL: no memory, or too many. Others move. */
struct held *held_of(struct held_set *, const char *path, enum manner);
/* Its blocks count no more: the next look at it finds everything changed. */
void held_forget(struct held *);
/* Whether the block is another than it was; from now on it is this one. -1: no memory. */
int held_block(struct held *, size_t block, const void *data, size_t bytes, bool *ret_changed);
/* There are no blocks behind this size. */
void held_cut(struct held *, uint64_t size);
struct stamp held_stamp(const struct stat *);
/* Whether a file is, as far as its status tells, what it was. */
bool held_is_same(const struct stamp *before, const struct stat *now);
/* Forget those that were not seen; tell calls each before. -1: tell did. */
int held_sweep(struct held_set *, int (*tell)(void *arg, const struct held *), void *arg);
void held_free(struct held_set *);

#endif
