/*
 * The cache: what a machine remembers of its last backup to a target, so that the next reads only what changed. If it
 * is lost, damaged, or of a backup that the target does not have, the next backup reads everything, and that is all: no
 * part of it is used unless all of it is as it was written.
 *
 * A file of records in the order of the walk, the segments they refer to with their dates, and a trailer with a hash of
 * everything.
 * It stays on its machine, so numbers are as the processor has them.
 */
#ifndef VEDETTE_AGENT_BACKUP_CACHE_H
#define VEDETTE_AGENT_BACKUP_CACHE_H

#include <stdio.h>

#include "agent/backup/batch.h"
#include "agent/backup/stores.h"
#include "lib/sha256.h"

struct problem;

#define CACHE_HOLE UINT32_MAX /* the store of a hole */

/* A piece of a file, as pieces of trees are. */
struct cached_piece {
    uint64_t length;
    struct place place; /* store: a line of that backup's commit, or CACHE_HOLE */
    uint8_t id[CHUNK_ID_BYTES];
};

/* A file; all borrowed. */
struct cached_file {
    const char *path;
    size_t path_bytes;
    struct stamp stamp;
    size_t n_pieces;
    const struct cached_piece *pieces;
};

/* Of the backup before */

struct cache {
    const uint8_t *data; /* mapped; NULL: there is none */
    size_t bytes, records_bytes, at;
    char backup[BACKUP_BYTES];
    bool has_commit; /* also where nothing else is left */
    uint8_t commit[SHA256_BYTES];
    uint32_t n_segments;
    const struct commit_segment *segments;
    const int64_t *kept_until; /* of each: the last date of the backups that listed it */
    uint64_t content_bytes;    /* of all files; past.h counts them */
};

/* A cache that cannot be used counts as none. */
void cache_open(const char *file, struct cache *ret);
void cache_close(struct cache *);
/* Begin with the first file again. */
void cache_rewind(struct cache *);
bool cache_next(struct cache *, struct cached_file *ret);
/* The file of that path. Paths have to come in the order of the walk. */
bool cache_find(struct cache *, const char *path, size_t path_bytes, struct cached_file *ret);

/* For the next backup */

struct cache_writer {
    FILE *file;
    char name[64], draft[80];
    uint64_t records_bytes;
    struct sha256 sha256;
    bool failed;
};

int cache_begin(struct cache_writer *, const char *file, struct problem *);
/* A failure here only makes the cache useless; cache_end notices it. */
void cache_add(struct cache_writer *, const struct cached_file *);
/* It becomes the cache, with the commit's segments and a date for each. */
int cache_end(struct cache_writer *, const struct commit *, const int64_t *kept_until,
    const uint8_t commit_sha256[SHA256_BYTES], struct problem *);
void cache_drop(struct cache_writer *); /* harmless after cache_end */

#endif
