/*
 * A tree that grows, with its tiles: what a log keeps in memory of itself. Hands out each tile when it is full, and the
 * partial ones when a checkpoint needs them. Nothing is hashed twice.
 */
#ifndef VEDETTE_TLOG_EDGE_H
#define VEDETTE_TLOG_EDGE_H

#include "lib/tlog/tile.h"

struct problem;

/* 66 KB: not for the stack of a thread with a small one. All zero is the empty log. */
struct tlog_edge {
    struct tlog_tree tree;
    uint8_t tiles[TLOG_LEVELS][TLOG_TILE_WIDTH][TLOG_HASH_BYTES]; /* of each level the hashes of its last tile */
};

/* Takes a tile; its hashes are valid during the call. */
typedef int tlog_take_tile(void *arg, const struct tlog_tile *, const uint8_t *hashes);

/* One entry more. Tiles that it made full go to take, level 0 first. -1 as soon as take says so: the edge is then of no
 * further use. */
int tlog_edge_append(struct tlog_edge *, const uint8_t leaf[TLOG_HASH_BYTES], tlog_take_tile *take, void *arg);
/* The partial tiles that a checkpoint of this size needs, level 0 first; -1 as soon as take says so. */
int tlog_edge_partials(const struct tlog_edge *, tlog_take_tile *take, void *arg);
/* The edge of the source's tree, from its partial tiles; untouched on failure. Whoever does not trust them compares
 * tlog_root(&edge.tree) with a checkpoint. */
int tlog_edge_load(struct tlog_edge *, const struct tlog_source *, struct problem *);

#endif
