/*
 * The writer: takes batches in, in the order of the tree. Their frames go into segments, and what becomes of it, into
 * the tree and the next cache. Main thread only.
 */
#ifndef VEDETTE_AGENT_BACKUP_WRITER_H
#define VEDETTE_AGENT_BACKUP_WRITER_H

#include "agent/backup/cache.h"
#include "agent/backup/shipping.h"
#include "lib/repository/tree.h"

struct writer {
    struct shipping *shipping;
    struct index *index;
    struct cache_writer *cache;
    enum segment_kind kind; /* of contents: C, or T in anchors */
    struct shipment *contents, *tree;
    struct packer *packer; /* of the tree */
    struct buf records;    /* the tree's next frame */
    struct sha256 sha256;  /* of the tree */
    uint64_t tree_bytes, new_bytes;
    size_t n_pieces, room; /* of the file whose entry is still to come */
    struct cached_piece *pieces;
};

/* What is above `contents` is set by the caller. -1: no memory. */
int writer_make(struct writer *);
void writer_free(struct writer *);

/* -1 + problem: the backup has failed. */
int writer_take(struct writer *, struct batch *, struct problem *);
/* Send what is left in all segments; *ret describes the tree. */
int writer_end(struct writer *, uint8_t ret_tree_sha256[SHA256_BYTES], struct problem *);

#endif
