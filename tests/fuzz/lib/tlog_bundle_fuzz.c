/* Any bytes as an entry bundle: the entries of one that is understood make the same bundle again. */
#include "tests/fuzz/fuzz.h"

#include "lib/buf.h"
#include "lib/tlog/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tlog_entry entries[TLOG_TILE_WIDTH];
    struct buf again = { .limit_bytes = TLOG_BUNDLE_BYTES };
    unsigned count;
    if (tlog_bundle_parse(data, size, entries, &count, NULL))
        return 0;
    for (unsigned i = 0; i < count; i++) {
        if (tlog_bundle_append(&again, entries[i].data, entries[i].bytes))
            abort();
    }
    if (again.length != size || (size && memcmp(again.data, data, size)))
        abort();
    buf_free(&again);
    return 0;
}
