/*
 * The journal: the only durable write before an acknowledgement. It is short: what the tiles hold is dropped from it.
 *
 * Entries are staged, then committed together: one frame, one pwrite, one fdatasync. What is committed can be read by
 * class and sequence. After an error of write or sync nothing is known about the disk any more: the program must end,
 * and the next start finds what is there.
 */
#ifndef VEDETTE_AUDIT_JOURNAL_H
#define VEDETTE_AUDIT_JOURNAL_H

#include <stdbool.h>

#include "services/audit/journal/marks.h"

struct journal;
struct problem;

/* Opens the directory (makes it), checks the newest segment frame by frame and cuts a torn tail: an unfinished commit
 * that was never acknowledged. Damage in front of whole frames is refused. A journal without a segment is a new one and
 * begins with the sequences of first. */
struct journal *journal_open(
    const char *directory, size_t segment_bytes, const uint64_t first[CLASS_COUNT], struct problem *);
void journal_free(struct journal *);

/* Bytes cut at opening; 0: the tail was whole. */
size_t journal_cut(const struct journal *);

/* How many entries of a class are committed: the sequence of the next one. */
uint64_t journal_size(const struct journal *, enum class);
/* The first sequence that is still in the journal, or the next one if none is. */
uint64_t journal_first(const struct journal *, enum class);

/* Where a frame begins, or the next one will. */
struct journal_position {
    uint32_t segment;
    size_t offset;
};
struct journal_position journal_begin(const struct journal *);
struct journal_position journal_end(const struct journal *);
/* Delete the segments before this one, but never the newest two. */
void journal_drop(struct journal *, uint32_t before);
/* Begin the next segment, so that the older ones can be dropped, and nothing of them is left in the directory. 1: not
 * now, something is staged. -1 + problem. */
int journal_roll(struct journal *, struct problem *);
/* How far each producer was taken, what is staged included. The owner raises `through` and says so: the mark goes into
 * the next frame. Valid until the next journal_mark. */
struct mark *journal_mark(struct journal *, uint32_t peer, uint64_t outbox);
int journal_touch(struct journal *, const struct mark *);

enum journal_room { JOURNAL_ROOM, JOURNAL_COMMIT_FIRST, JOURNAL_FULL };

/* Is there room for an entry of so many bytes? When the segment is full, what is staged must be committed first; then
 * the next segment is made. FULL: the disk has no room for one, or what is left is the reserve: of the space that is
 * preallocated already, the last sixteenth of a segment belongs to those who ask for it. */
enum journal_room journal_room(struct journal *, size_t entry_bytes);
enum journal_room journal_room_with_reserve(struct journal *, size_t entry_bytes);

/* The sequence that the next staged entry of the class will have. */
uint64_t journal_next(const struct journal *, enum class);
/* 0, or -1: no memory. There must be room. The text is copied. */
int journal_stage(struct journal *, enum class, const char *text, size_t bytes);
size_t journal_staged_bytes(const struct journal *);
uint32_t journal_staged(const struct journal *);

/* Commit in three steps, so that the frame can be worked on while the disk does. Compose: everything staged as one
 * frame, valid until the next; 1: nothing is staged. Write: hand it to the disk. Sync: wait until it is durable. -1 +
 * problem: see above. */
int journal_compose(struct journal *, struct frame *ret, struct problem *);
int journal_write(struct journal *, struct problem *);
int journal_sync(struct journal *, struct problem *);

/* The frame of the last commit. -1: none since opening. */
int journal_last(const struct journal *, struct frame *ret);

/* Visit committed entries of a class from a sequence on, in order, until the visitor says false or there is no more. */
typedef bool journal_visit(void *arg, uint64_t sequence, const char *text, size_t bytes);
int journal_read(struct journal *, enum class, uint64_t from, journal_visit *, void *arg, struct problem *);

#endif
