/*
 * One file of the journal: frames, one behind the other, in preallocated space. Its first frame has no entries; it
 * carries the state at its beginning (sequences, every mark, the chain's hash), so that a start reads one segment only.
 */
#ifndef VEDETTE_AUDIT_SEGMENT_H
#define VEDETTE_AUDIT_SEGMENT_H

#include <stdbool.h>

#include "lib/journal_frame.h"

struct problem;

/* A sample of where sequences stand: one per INDEX_STEP entries of a class or more. */
struct segment_sample {
    uint32_t offset;
    uint64_t first[CLASS_COUNT];
};

struct segment {
    uint32_t number;
    int fd;
    size_t bytes;                /* preallocated */
    size_t used;                 /* whole frames */
    const uint8_t *data;         /* all of it, mapped for reading */
    uint64_t first[CLASS_COUNT]; /* sequences at its beginning */
    struct segment_sample *samples;
    size_t n_samples, samples_room;
};

/* Where the first frame of a new segment comes from. */
struct segment_state {
    uint64_t first[CLASS_COUNT];
    uint8_t previous[BLAKE2B_BYTES];
    const struct mark *marks;
    uint32_t n_marks;
};

/* Make a spare file for the next segment, unless there is one, or a retired one: written through with zeros, because to
 * sync a write into space that is only reserved takes two to five times as long. Slow, and meant for another thread. */
int segment_prepare(const char *directory, size_t bytes, struct problem *);
/* The same without the zeros, for who cannot wait for them. */
int segment_reserve(const char *directory, size_t bytes);
/* Take the retired file, the spare one, or make one, under a temporary name, write its first frame, sync, and rename it
 * into place. What a retired file held stands behind its frames.
 * *ret_hash is the hash of that frame. */
int segment_make(const char *directory, uint32_t number, size_t bytes, const struct segment_state *,
    uint8_t ret_hash[BLAKE2B_BYTES], struct segment *ret, struct problem *);
/* Open one for reading, as sealed: its frames were checked when they were written. */
int segment_open(const char *directory, uint32_t number, struct segment *ret, struct problem *);
/* Nothing more is appended: give back the space that was not used. */
void segment_seal(struct segment *);
void segment_close(struct segment *);
/* Delete the file and close it; -1: it could not be deleted, and stays as it was. Not synced: one that comes back after
 * a power failure is deleted again. */
int segment_remove(const char *directory, struct segment *);
/* The same, but if it was nearly full, and can be as long again, the file is kept for the next segment of so many
 * bytes. */
int segment_retire(const char *directory, size_t bytes, struct segment *);
/* Delete a retired file. */
void segment_forget(const char *directory);

/* Note a frame that stands at offset. */
void segment_note(struct segment *, size_t offset, const struct frame *);

/* The offset of the last sample at or before a sequence; 0 if none. */
size_t segment_seek(const struct segment *, enum class, uint64_t sequence);

#endif
