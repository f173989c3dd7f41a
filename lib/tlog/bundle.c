#include "lib/tlog/bundle.h"

#include "lib/buf.h"
#include "lib/problem.h"

int tlog_bundle_append(struct buf *bundle, const void *entry, size_t bytes)
{
    const uint8_t length[2] = { (uint8_t)(bytes >> 8), (uint8_t)bytes };
    if (bytes > TLOG_ENTRY_BYTES || buf_append(bundle, length, sizeof(length)))
        return -1;
    return buf_append(bundle, entry, bytes);
}

int tlog_bundle_parse(const void *data, size_t bytes, struct tlog_entry ret[TLOG_TILE_WIDTH], unsigned *ret_count,
    struct problem *problem)
{
    struct tlog_entry entries[TLOG_TILE_WIDTH];
    const uint8_t *at = data, *end = at + bytes;
    unsigned count = 0;
    for (; at < end; count++) {
        if (count == TLOG_TILE_WIDTH)
            return problem_set(problem, "bad-bundle", "", "a bundle has at most %d entries", TLOG_TILE_WIDTH);
        if (end - at < 2 || end - at - 2 < (at[0] << 8 | at[1]))
            return problem_set(problem, "bad-bundle", "", "entry %u of the bundle is cut off", count);
        entries[count] = (struct tlog_entry){ at + 2, (size_t)(at[0] << 8 | at[1]) };
        at += 2 + entries[count].bytes;
    }
    for (unsigned i = 0; i < count; i++)
        ret[i] = entries[i];
    *ret_count = count;
    return 0;
}
