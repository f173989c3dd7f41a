/*
 * A tree in memory: what a reader needs to list, choose and restore. It takes about 150 bytes an entry and 40 a piece.
 * Nothing of it is to be believed before nodes_end returned 0.
 */
#ifndef VEDETTE_REPOSITORY_NODES_H
#define VEDETTE_REPOSITORY_NODES_H

#include "lib/repository/commit.h"
#include "lib/repository/tree.h"

#define NODE_NONE UINT32_MAX  /* the root's own place */
#define NODES_MAX (64u << 20) /* entries */
#define NODE_PIECES_MAX (1u << 28)
#define NODE_PATH_BYTES 65536 /* of the longest path that a backup has, and NUL */

struct node {
    struct entry entry; /* its texts are kept here, names with a NUL behind */
    uint32_t parent;    /* NODE_NONE: it stands in the root */
    uint32_t pieces, n_pieces;
};

struct node_piece {
    uint32_t segment, offset, skip, node, sum;
    uint64_t at, length; /* in the file; no holes */
};

struct nodes {
    uint32_t n, room, n_pieces, pieces_room;
    struct node *all;
    struct node_piece *pieces;  /* in the order of the tree */
    struct nodes_block *blocks; /* of texts */
    uint32_t folder, depth;     /* where the next entry stands */
    uint32_t *last;             /* by depth: the entry before it there */
    uint64_t at;                /* of the last file, up to where there were pieces */
};

int nodes_make(struct nodes *); /* -1: no memory */
void nodes_free(struct nodes *);

/* The records of a frame. They have to make sense: names rise, pieces are in segments of the commit that have such,
 * and fill their files; hard links are to files before. -1 + problem "bad-tree", "no-memory". */
int nodes_add(struct nodes *, const struct commit *, const uint8_t *records, size_t bytes, struct problem *);
/* There are no more. */
int nodes_end(struct nodes *, const struct commit *, struct problem *);

/* "home/anna/…", without '/' before it; the length, or 0: too long. */
size_t nodes_path(const struct nodes *, uint32_t node, char ret[NODE_PATH_BYTES]);

#endif
