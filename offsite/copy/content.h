/*
 * A file's content at one moment, in blocks: the same for a database, whose pages stand in two files, the journal, of
 * which whole frames count, and any other file.
 */
#ifndef VEDETTE_OFFSITE_CONTENT_H
#define VEDETTE_OFFSITE_CONTENT_H

#include "lib/buf.h"
#include "lib/db_wal.h"
#include "offsite/copy/held.h"

struct problem;

#define CONTENT_BLOCK_BYTES 65536 /* of what is no database, and the most that any block has */

struct content {
    struct held *held;
    uint64_t size;
    uint32_t block_bytes;
    size_t n_blocks;
    size_t first;     /* blocks before it are as they were */
    bool only_in_wal; /* of a database: all other pages are as they were */
    struct wal wal;
    struct buf wal_data, frames;
    uint64_t frames_at; /* of the journal: where the frames stand that were read */
    uint8_t chain[BLAKE2B_BYTES];
    int fd;
    struct stat status, wal_status;
};

/*
 * Of the file with this status. 0: to be closed. 1: nothing is to be copied of it now: it is as it was, or went. -1 +
 * problem. A database is held still until the close, which need not be soon.
 */
int content_open(struct held *, const struct stat *, struct content *ret, struct problem *);
/* Whether the block may be another than it was. */
bool content_may_differ(const struct content *, size_t block);
/* A block; where the file became shorter meanwhile, zeros. -1 + problem. */
int content_block(
    struct content *, size_t block, uint8_t ret[CONTENT_BLOCK_BYTES], size_t *ret_bytes, struct problem *);
/* taken: everything that may differ was looked at, and counts as copied. */
void content_close(struct content *, bool taken);

#endif
