/*
 * A frame: one group commit in the journal, on disk for good or not at all.
 *
 *     "VDF2" u32 · length u32 · entries u32 · marks u32 · time u64 · first sequence of each class u64×4
 *     · hash of the frame before 32 · marks {outbox u64, through u64, peer u32} · entries {class u8, length u16, text}
 *     · hash 32
 *
 * Numbers in network order. The hash is BLAKE2b of all that, but for the texts: of those the leaf hashes (SHA-256), which
 * the trees need anyway. The hashes chain the frames of all segments: none can be changed, dropped or moved unseen.
 */
#ifndef VEDETTE_JOURNAL_FRAME_H
#define VEDETTE_JOURNAL_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract.h"
#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/tlog/tlog.h"
#include "lib/wire.h"

#define FRAME_MAGIC 0x56444632u
#define FRAME_HEAD_BYTES (24 + 8 * CLASS_COUNT + BLAKE2B_BYTES)
#define FRAME_MARK_BYTES 20
#define FRAME_ENTRY_HEAD_BYTES 3
#define FRAME_LEAF_BYTES (FRAME_ENTRY_HEAD_BYTES + TLOG_HASH_BYTES) /* class, length, leaf hash */

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
    const uint8_t *leaves;                  /* as frame_add_entry made them; NULL: it was read */
};

struct frame_entry {
    enum class class;
    const char *text;
    size_t bytes;
};

/* What stands behind the newest frame, where more may follow: no frame begins like this. */
#define FRAME_END_BYTES 4
extern const uint8_t frame_end[FRAME_END_BYTES];

/* Read a frame's head from `room` bytes: lengths only. For frames that were checked before. */
int frame_head(const uint8_t *bytes, size_t room, struct frame *ret);
/* Whether a frame begins here that goes on, or may go on, beyond these bytes. */
bool frame_is_longer(const uint8_t *bytes, size_t room);
/* Check all of it: lengths, marks, entries, hash. */
int frame_check(const uint8_t *bytes, size_t room, struct frame *ret);

struct wire_reader frame_marks(const struct frame *);
struct wire_reader frame_entries(const struct frame *);
/* The next one; -1: there is none. */
int frame_next_mark(struct wire_reader *, struct mark *ret);
int frame_next_entry(struct wire_reader *, struct frame_entry *ret);

/* Write: start with the marks, add the entries, finish. */
int frame_start(struct buf *, const uint64_t first[CLASS_COUNT], const uint8_t previous[BLAKE2B_BYTES],
    uint64_t time_ms, const struct mark *marks, uint32_t n_marks);
int frame_finish(struct buf *, const struct buf *entries, const struct buf *leaves, uint8_t ret_hash[BLAKE2B_BYTES]);
/* FRAME_LEAF_BYTES more leaves. -1: no memory, and nothing was added. */
int frame_add_entry(struct buf *entries, struct buf *leaves, enum class, const char *text, size_t bytes);
/* What stands in leaves. */
static inline enum class frame_leaf_class(const uint8_t *leaf)
{
    return (enum class)leaf[0];
}
static inline const uint8_t *frame_leaf_hash(const uint8_t *leaf)
{
    return leaf + FRAME_ENTRY_HEAD_BYTES;
}

#endif
