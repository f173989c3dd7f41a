/*
 * Tiles and entry bundles as c2sp.org/tlog-tiles names them. A tile of level L is 256 consecutive hashes of subtrees of
 * 256^L entries; the last of a level may be partial. A bundle holds the entries under one tile of level 0.
 */
#ifndef VEDETTE_TLOG_TILE_H
#define VEDETTE_TLOG_TILE_H

#include "lib/tlog/tlog.h"

struct problem;

#define TLOG_TILE_WIDTH 256
#define TLOG_TILE_BYTES (TLOG_TILE_WIDTH * TLOG_HASH_BYTES)
#define TLOG_LEVELS 8      /* 256^8 entries are more than TLOG_SIZE_MAX */
#define TLOG_BUNDLE (-1)   /* the level of entry bundles */
#define TLOG_PATH_BYTES 48 /* "tile/entries/", six groups of digits, ".p/255", and NUL */

struct tlog_tile {
    int level;       /* 0 to TLOG_LEVELS-1, or TLOG_BUNDLE */
    unsigned width;  /* hashes or entries: 1 to 256, less than 256 in a partial one */
    uint64_t number; /* within its level, from 0 */
};

/* "tile/0/x001/x234/067", "tile/1/000.p/17", "tile/entries/x001/002.p/3". */
void tlog_tile_path(const struct tlog_tile *, char ret[TLOG_PATH_BYTES]);
/* Exactly such a path, from outside; whether a tree has that tile is another question. */
int tlog_tile_parse(const char *path, struct tlog_tile *ret);

/* What a tree of that size has: so many tiles on a level, and the width of one of them; 0 if there is no such tile. */
uint64_t tlog_tile_count(uint64_t size, int level);
unsigned tlog_tile_width(uint64_t size, int level, uint64_t number);

/* The hash over 2^height hashes that stand side by side in a tile: one node of the tree between two levels. */
void tlog_subtree(const uint8_t *hashes, unsigned height, uint8_t ret[TLOG_HASH_BYTES]);

/*
 * Where tiles and bundles of a log are read from: a directory, a store, HTTP.
 *
 * read gives the bytes of one of the tiles or bundles that a tree of this size has. The full one will do in place of a
 * partial one, which may be deleted once that is there. The bytes stay the source's, unchanged until its next read.
 * Refused with a problem, whose code is "absent" if it is just not there (retention may have taken a bundle).
 */
struct tlog_source {
    uint64_t size;
    int (*read)(void *arg, const struct tlog_tile *, const uint8_t **ret, size_t *ret_bytes, struct problem *);
    void *arg;
};

/* A tile of the source's tree, which has it: its width hashes, or all of the full one. No bundles. */
int tlog_tile_read(const struct tlog_source *, int level, uint64_t number, const uint8_t **ret, struct problem *);

#endif
