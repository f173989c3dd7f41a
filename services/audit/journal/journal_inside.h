/* The journal's inside, for journal.c and recover.c. */
#ifndef VEDETTE_AUDIT_JOURNAL_INSIDE_H
#define VEDETTE_AUDIT_JOURNAL_INSIDE_H

#include "services/audit/journal/journal.h"
#include "services/audit/journal/segment.h"

#define JOURNAL_STAGED_BYTES_MAX (8u << 20) /* of one commit; a small segment allows less */
#define JOURNAL_FRAME_BYTES_MAX                                                                                        \
    (JOURNAL_STAGED_BYTES_MAX + FRAME_HEAD_BYTES + MARKS_MAX * FRAME_MARK_BYTES + BLAKE2B_BYTES)

struct journal {
    char *directory;
    size_t segment_bytes;
    struct segment *segments; /* by number; the last one takes the appends */
    size_t n_segments, segments_room;
    uint8_t previous[BLAKE2B_BYTES]; /* hash of the last frame */
    uint8_t hash[BLAKE2B_BYTES];     /* of the frame that is composed */
    uint64_t committed[CLASS_COUNT], next[CLASS_COUNT];
    struct marks marks;
    uint32_t touched[MARKS_MAX]; /* rows that changed since the last commit */
    uint32_t place[MARKS_MAX];   /* of a row in touched, if it stands there */
    uint32_t n_touched;
    struct buf staged, leaves, frame;
    uint32_t n_staged;
    bool spare;          /* the file for the next segment is there */
    uint32_t reuse_from; /* segments before this one are deleted, not retired */
    size_t cut;
    size_t last; /* offset of the last commit's frame in the newest segment; 0: none */
};

static inline struct segment *journal_newest(const struct journal *journal)
{
    return &journal->segments[journal->n_segments - 1];
}

/* How many entries of all classes stand before. */
static inline uint64_t journal_before(const uint64_t first[CLASS_COUNT])
{
    uint64_t sum = 0;
    for (int class = 0; class < CLASS_COUNT; class ++)
        sum += first[class];
    return sum;
}

/* journal.c */
int journal_add_segment(struct journal *, const struct segment *);

/* recover.c: open what is in the directory; then, if there is a segment, find where the journal ends, and end it
 * there. */
int journal_open_segments(struct journal *, struct problem *);
int journal_recover(struct journal *, struct problem *);

#endif
