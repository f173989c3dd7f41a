/* Frames of the journal from one position to another, for a thread of its own: it opens the segments itself. */
#ifndef VEDETTE_WALK_H
#define VEDETTE_WALK_H

#include "services/audit/journal/journal.h"
#include "services/audit/journal/segment.h"

struct walk {
    const char *directory; /* the caller's */
    bool checks;           /* every frame against its hash: after a start, when the disk is not trusted yet */
    struct journal_position at;
    bool chained; /* the frame before that position is known, by its hash */
    uint8_t previous[BLAKE2B_BYTES];
    bool is_open;
    struct segment segment; /* number at.segment, if open */
};

/* From this position on, where a frame begins. */
void walk_from(struct walk *, const struct journal_position *);

/* 0 to go on. */
typedef int walk_visit(void *arg, const struct frame *, struct problem *);

/* Visit the frames up to the end, which must be committed; then at = end. -1: what the visitor said, or the journal
 * cannot be read; at is then the frame that was not taken. */
int walk_to(struct walk *, const struct journal_position *end, walk_visit *, void *arg, struct problem *);
void walk_close(struct walk *);

#endif
