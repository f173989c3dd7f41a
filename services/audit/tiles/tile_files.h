/*
 * Writing the files of a log's directory. What was written is durable when tile_files_sync has said so: before the
 * checkpoint that needs it. A few files are synced one by one; many by one sync of their file system, which costs as
 * much as two or three of the others.
 *
 * Problems have the code "disk-full" where room is all that is missing, and "no-descriptors" where too many are open.
 */
#ifndef VEDETTE_TILE_FILES_H
#define VEDETTE_TILE_FILES_H

#include <stdbool.h>

#include "lib/tlog/tile.h"

struct problem;

#define TILE_FILES_FEW 12 /* a round of a class that grew by little: a bundle and a tile a level */
#define TILE_FOLDERS_FEW 16

struct tile_files {
    const char *directory; /* for problems; the caller's */
    int fd;
    bool many; /* not synced yet: more than stand below */
    unsigned n_written, n_folders;
    int written[TILE_FILES_FEW];
    char folders[TILE_FOLDERS_FEW][TLOG_PATH_BYTES]; /* that got new names */
};

/* Whether it is one of those two, and will be over. */
bool tile_files_held_up(const struct problem *);

int tile_files_open(const char *directory, struct tile_files *ret, struct problem *);
void tile_files_close(struct tile_files *);

/* One that is there is written over: it is torn, or beyond any checkpoint. */
int tile_files_write(struct tile_files *, const struct tlog_tile *, const void *data, size_t bytes, struct problem *);
int tile_files_sync(struct tile_files *, struct problem *);
/* A small file beside the tiles, the old one or the new one after a crash. */
int tile_files_replace(struct tile_files *, const char *name, const void *data, size_t bytes, struct problem *);

/* Delete the partial tiles of this number, whose full one is there. Not synced: what comes back is no harm. */
void tile_files_drop_partials(struct tile_files *, int level, uint64_t number);

/* Delete a full bundle and what is left of its partial ones; that it is not there is no error. Gone for good once
 * tile_files_sync has said so. */
int tile_files_remove(struct tile_files *, uint64_t number, struct problem *);

#endif
