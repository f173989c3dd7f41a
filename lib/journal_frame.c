#include "lib/journal_frame.h"

#include <string.h>

#define LENGTH_AT 4 /* where the numbers stand that are known last */
#define N_ENTRIES_AT 8

const uint8_t frame_end[FRAME_END_BYTES];

int frame_head(const uint8_t *bytes, size_t room, struct frame *ret)
{
    struct wire_reader in = { bytes, room, false };
    struct frame frame = { 0 };
    uint32_t magic = wire_u32(&in);
    frame.length = wire_u32(&in);
    frame.n_entries = wire_u32(&in);
    frame.n_marks = wire_u32(&in);
    frame.time_ms = wire_u64(&in);
    for (int class = 0; class < CLASS_COUNT; class ++)
        frame.first[class] = wire_u64(&in);
    const uint8_t *previous = wire_bytes(&in, BLAKE2B_BYTES);
    frame.marks = wire_bytes(&in, (size_t)frame.n_marks * FRAME_MARK_BYTES);
    frame.entries = in.at;
    if (!frame.marks || magic != FRAME_MAGIC || frame.length > room ||
        frame.length < (size_t)(in.at - bytes) + BLAKE2B_BYTES)
        return -1;
    memcpy(frame.previous, previous, BLAKE2B_BYTES);
    frame.hash = bytes + frame.length - BLAKE2B_BYTES;
    *ret = frame;
    return 0;
}

bool frame_is_longer(const uint8_t *bytes, size_t room)
{
    struct wire_reader in = { bytes, room, false };
    uint32_t magic = wire_u32(&in), length = wire_u32(&in);
    return in.failed || (magic == FRAME_MAGIC && length > room);
}

int frame_check(const uint8_t *bytes, size_t room, struct frame *ret)
{
    struct frame frame;
    struct frame_entry entry;
    struct crypto_blake2b hash;
    uint8_t leaf[TLOG_HASH_BYTES], found[BLAKE2B_BYTES];
    uint32_t n_entries = 0;
    if (frame_head(bytes, room, &frame))
        return -1;
    crypto_blake2b_begin(&hash);
    crypto_blake2b_add(&hash, bytes, (size_t)(frame.entries - bytes));
    struct wire_reader entries = frame_entries(&frame);
    for (; !frame_next_entry(&entries, &entry); n_entries++) {
        tlog_leaf(entry.text, entry.bytes, leaf);
        crypto_blake2b_add(&hash, entry.text - FRAME_ENTRY_HEAD_BYTES, FRAME_ENTRY_HEAD_BYTES);
        crypto_blake2b_add(&hash, leaf, sizeof(leaf));
    }
    crypto_blake2b_end(&hash, found);
    if (entries.failed || entries.left || n_entries != frame.n_entries || memcmp(found, frame.hash, sizeof(found)))
        return -1;
    *ret = frame;
    return 0;
}

struct wire_reader frame_marks(const struct frame *frame)
{
    return (struct wire_reader){ frame->marks, (size_t)frame->n_marks * FRAME_MARK_BYTES, false };
}

struct wire_reader frame_entries(const struct frame *frame)
{
    return (struct wire_reader){ frame->entries, (size_t)(frame->hash - frame->entries), false };
}

int frame_next_mark(struct wire_reader *marks, struct mark *ret)
{
    if (!marks->left)
        return -1;
    ret->outbox = wire_u64(marks);
    ret->through = wire_u64(marks);
    ret->peer = wire_u32(marks);
    return 0;
}

int frame_next_entry(struct wire_reader *entries, struct frame_entry *ret)
{
    if (!entries->left)
        return -1;
    uint8_t class = wire_u8(entries);
    size_t bytes = wire_u16(entries);
    const char *text = wire_bytes(entries, bytes);
    if (!text || class >= CLASS_COUNT) {
        entries->failed = true;
        return -1;
    }
    *ret = (struct frame_entry){ (enum class) class, text, bytes };
    return 0;
}

int frame_start(struct buf *out, const uint64_t first[CLASS_COUNT], const uint8_t previous[BLAKE2B_BYTES],
    uint64_t time_ms, const struct mark *marks, uint32_t n_marks)
{
    int error = wire_add_u32(out, FRAME_MAGIC) || wire_add_u32(out, 0) || wire_add_u32(out, 0) ||
                wire_add_u32(out, n_marks) || wire_add_u64(out, time_ms);
    for (int class = 0; class < CLASS_COUNT && !error; class ++)
        error = wire_add_u64(out, first[class]);
    error = error || buf_append(out, previous, BLAKE2B_BYTES);
    for (uint32_t i = 0; i < n_marks && !error; i++)
        error = wire_add_u64(out, marks[i].outbox) || wire_add_u64(out, marks[i].through) ||
                wire_add_u32(out, marks[i].peer);
    return error ? -1 : 0;
}

int frame_finish(struct buf *out, const struct buf *entries, const struct buf *leaves, uint8_t ret_hash[BLAKE2B_BYTES])
{
    struct crypto_blake2b hash;
    uint8_t found[BLAKE2B_BYTES];
    wire_put_u32(out->data + LENGTH_AT, (uint32_t)(out->length + entries->length + BLAKE2B_BYTES));
    wire_put_u32(out->data + N_ENTRIES_AT, (uint32_t)(leaves->length / FRAME_LEAF_BYTES));
    crypto_blake2b_begin(&hash);
    crypto_blake2b_add(&hash, out->data, out->length);
    crypto_blake2b_add(&hash, leaves->data, leaves->length);
    crypto_blake2b_end(&hash, found);
    if (buf_append(out, entries->data, entries->length) || buf_append(out, found, sizeof(found)))
        return -1;
    memcpy(ret_hash, found, sizeof(found));
    return 0;
}

static int add_head(struct buf *out, enum class class, size_t bytes)
{
    return wire_add_u8(out, (uint8_t) class) || wire_add_u16(out, (uint16_t)bytes) ? -1 : 0;
}

int frame_add_entry(struct buf *entries, struct buf *leaves, enum class class, const char *text, size_t bytes)
{
    const size_t entries_bytes = entries->length, leaves_bytes = leaves->length;
    uint8_t leaf[TLOG_HASH_BYTES];
    tlog_leaf(text, bytes, leaf);
    if (!add_head(entries, class, bytes) && !buf_append(entries, text, bytes) && !add_head(leaves, class, bytes) &&
        !buf_append(leaves, leaf, sizeof(leaf)))
        return 0;
    entries->length = entries_bytes;
    leaves->length = leaves_bytes;
    return -1;
}
