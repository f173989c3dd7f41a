/* Any bytes as the header of the mapped file, and what its clock says to a clock that goes on from there. */
#include "tests/fuzz/fuzz.h"

#include "lib/problem.h"
#include "services/ingest/memory/hot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static union {
        struct hot_header header;
        uint8_t bytes[HOT_HEADER_BYTES];
    } file;
    struct problem problem;
    struct presence_clock presence_clock;
    memset(&file, 0, sizeof(file));
    memcpy(file.bytes, data, size < sizeof(file) ? size : sizeof(file));
    uint64_t bytes = size < 8 ? size : HOT_HEADER_BYTES + data[size - 1];
    if (!hot_header_check(&file.header, bytes, &problem) &&
        file.header.elements * sizeof(struct cold) + HOT_HEADER_BYTES > bytes)
        abort();
    struct presence_clock_saved *saved = &file.header.clock;
    memcpy(saved, data, size < sizeof(*saved) ? size : sizeof(*saved));
    if (!presence_clock_sane(saved))
        return 0;
    presence_clock_resume(&presence_clock, saved, 0, 1700000000000);
    for (int64_t mono_ms = 0; mono_ms < 5000; mono_ms += 100)
        presence_clock_advance(&presence_clock, mono_ms, 1700000000000 + mono_ms);
    presence_clock_wall(&presence_clock, (uint16_t)size);
    return 0;
}
