/*
 * Writing the files of a log's directory. Each is synced when it is written; the folders that got new names, all
 * together, by tile_files_sync: before the checkpoint that needs them.
 *
 * Problems have the code "disk-full" where room is all that is missing.
 */
#ifndef VEDETTE_TILE_FILES_H
#define VEDETTE_TILE_FILES_H

#include "lib/tlog_tile.h"

struct problem;

#define TILE_FOLDERS_MAX 32 /* with new names, not synced yet; one more syncs them all */

struct tile_files {
    const char *directory;  /* for problems; the caller's */
    int fd;
    unsigned n_unsynced;
    char unsynced[TILE_FOLDERS_MAX][TLOG_PATH_BYTES];
};

int tile_files_open(const char *directory, struct tile_files *ret, struct problem *);
void tile_files_close(struct tile_files *);

/* One that is there is written over: it is torn, or beyond any checkpoint. */
int tile_files_write(struct tile_files *, const struct tlog_tile *, const void *data, size_t bytes, struct problem *);
int tile_files_sync(struct tile_files *, struct problem *);
/* A small file beside the tiles, the old one or the new one after a crash. */
int tile_files_replace(struct tile_files *, const char *name, const void *data, size_t bytes, struct problem *);

/* Delete the partial tiles of this number, whose full one is there. Not synced: what comes back is no harm. */
void tile_files_drop_partials(struct tile_files *, int level, uint64_t number);

#endif
