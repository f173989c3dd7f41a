/* Any bytes as the header of a snapshot with one part behind it; an odd first byte has the checksum put right. */
#include "tests/fuzz/fuzz.h"

#include "services/ingest/memory/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[SNAPSHOT_HEADER_BYTES + sizeof(struct snapshot_part)];
    struct snapshot_header header = { 0 }, found = { 0 };
    if (size < 3)
        return 0;
    size_t copied = size - 3 < sizeof(header) ? size - 3 : sizeof(header);
    size_t there = sizeof(bytes) * (data[1] << 8 | data[2]) / 0xffff;
    memcpy(&header, data + 3, copied);
    if (data[0] & 1) {
        uint32_t parts = (header.agents + PAGE_AGENTS - 1) / PAGE_AGENTS;
        header.sum = checksum_add(CHECKSUM_BEGIN, &header, offsetof(struct snapshot_header, sum));
        header.sum =
            checksum_add(header.sum, bytes + SNAPSHOT_HEADER_BYTES, parts == 1 ? sizeof(struct snapshot_part) : 0);
    }
    memcpy(bytes, &header, sizeof(header));
    uint8_t *exact = malloc(there ? there : 1);
    memcpy(exact, bytes, there);
    if (snapshot_check(exact, there, &found) && found.agents > PAGE_AGENTS)
        abort();
    free(exact);
    return 0;
}
