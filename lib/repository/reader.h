/* Reading a backup with a key: its segments, one at a time, and its tree. One thread at a time. */
#ifndef VEDETTE_REPOSITORY_READER_H
#define VEDETTE_REPOSITORY_READER_H

#include "lib/repository/fetch.h"
#include "lib/repository/frame.h"
#include "lib/repository/manifest.h"
#include "lib/repository/nodes.h"

/* What opens a backup: a key that it is sealed for; or (each not NULL) content keys that a restore key service wrapped
 * for that key, one for each segment by its index, and the manifest's behind them. */
struct reader_key {
    const struct envelope_key *own;
    const char *owner; /* whose the commit's marks are: the fingerprint of the key that signed it */
    const struct reader_wrapped {
        const void *recipients;
        size_t bytes; /* 0: it was not given */
    } *each;
};

struct reader {
    struct target *target; /* borrowed, as are these */
    const struct reader_key *key;
    const struct commit *commit;
    struct unpacker *unpacker;
    struct buf object; /* the segment that is open */
    struct segment_plain plain;
    uint8_t *content; /* FRAME_CONTENT_MAX: of the frame that is open */
    size_t content_bytes;
    uint32_t offset; /* of that frame; UINT32_MAX: none */
};

int reader_make(struct reader *, struct target *, const struct reader_key *, const struct commit *);
void reader_free(struct reader *);

/* Fetch and decrypt the segment with this index in the commit. -1 + problem. */
int reader_segment(struct reader *, uint32_t segment, struct problem *);
/* Unpack the frame that begins there in the open segment, unless it is open. *ret_next is behind it. */
int reader_frame(struct reader *, uint32_t offset, size_t *ret_next, struct problem *);
/* The content of a piece in the open segment, borrowed until another frame is opened. -1 + problem: "bad-tree", it is beyond
 * its frame; "wrong-content", it is not what the machine read: it was stored wrong, and the rest of the frame may be right. */
int reader_piece(struct reader *, const struct node_piece *, const uint8_t **ret, struct problem *);

/* The manifest of the commit, and the tree, which is the one that the manifest has the hash of. */
int reader_manifest(struct reader *, struct manifest *ret, struct problem *);
int reader_tree(struct reader *, const struct manifest *, struct nodes *ret, struct problem *);

#endif
