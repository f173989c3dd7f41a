/* Any bytes as a frame of the journal, its hash made right so that what it says is looked at. */
#include "tests/fuzz/fuzz.h"

#include "lib/journal_frame.h"

static void walk(const struct frame *frame)
{
    struct wire_reader marks = frame_marks(frame), entries = frame_entries(frame);
    struct mark mark;
    struct frame_entry entry;
    uint32_t n_marks = 0, n_entries = 0;
    while (!frame_next_mark(&marks, &mark))
        n_marks++;
    while (!frame_next_entry(&entries, &entry))
        n_entries++;
    if (n_marks != frame->n_marks || n_entries != frame->n_entries)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame frame;
    uint8_t *copy = malloc(size + BLAKE2B_BYTES);
    if (!frame_check(data, size, &frame))
        walk(&frame);
    if (size >= FRAME_HEAD_BYTES) {
        memcpy(copy, data, size);
        wire_put_u32(copy, FRAME_MAGIC);
        wire_put_u32(copy + 4, (uint32_t)(size + BLAKE2B_BYTES));
        crypto_blake2b(copy, size, copy + size);
        if (!frame_check(copy, size + BLAKE2B_BYTES, &frame))
            walk(&frame);
    }
    free(copy);
    return 0;
}
