/*
 * A frame: one group commit in the journal, on disk for good or not at all.
 *
 *     "VDF1" u32 · length u32 · entries u32 · marks u32 · time u64 · first sequence of each class u64×4
 *     · hash of the frame before 32 · marks {outbox u64, through u64, peer u32} · entries {class u8, length u16, text}
 *     · BLAKE2b of all that 32
 *
 * Numbers in network order. The hashes chain the frames of all segments: none can be changed, dropped or moved unseen.
 */
#ifndef VEDETTE_AUDIT_FRAME_H
#define VEDETTE_AUDIT_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "contract.h"
#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/wire.h"

#define FRAME_MAGIC 0x56444631u
#define FRAME_HEAD_BYTES (24 + 8 * CLASS_COUNT + BLAKE2B_BYTES)
#define FRAME_MARK_BYTES 20
#define FRAME_ENTRY_HEAD_BYTES 3

/* How far audit has taken the events of one producer's outbox. */
struct mark {
    uint64_t outbox, through;
    uint32_t peer;
};

struct frame {
    uint32_t length;            /* of the whole frame */
    uint32_t n_entries, n_marks;
    uint64_t time_ms;
    uint64_t first[CLASS_COUNT];
    uint8_t previous[BLAKE2B_BYTES];
    const uint8_t *marks, *entries, *hash;  /* into the bytes it was read from */
};

struct frame_entry {
    enum class class;
    const char *text;
    size_t bytes;
};

/* Read a frame's head from `room` bytes: lengths only. For frames that were checked before. */
int frame_head(const uint8_t *bytes, size_t room, struct frame *ret);
/* Check all of it: lengths, marks, entries, hash. */
int frame_check(const uint8_t *bytes, size_t room, struct frame *ret);

struct wire_reader frame_marks(const struct frame *);
struct wire_reader frame_entries(const struct frame *);
/* The next one; -1: there is none. */
int frame_next_mark(struct wire_reader *, struct mark *ret);
int frame_next_entry(struct wire_reader *, struct frame_entry *ret);

/* Write: start with the marks, add the entries, finish. */
int frame_start(struct buf *, const uint64_t first[CLASS_COUNT], const uint8_t previous[BLAKE2B_BYTES], uint64_t time_ms,
                const struct mark *marks, uint32_t n_marks);
int frame_finish(struct buf *, const struct buf *entries, uint32_t n_entries, uint8_t ret_hash[BLAKE2B_BYTES]);
int frame_add_entry(struct buf *entries, enum class, const char *text, size_t bytes);

#endif
