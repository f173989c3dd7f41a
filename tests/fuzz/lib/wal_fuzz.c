/* Any bytes as a write-ahead log: every page that is found stands in it. */
#include "tests/fuzz/fuzz.h"

#include "lib/db_wal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wal wal;
    if (wal_parse(data, size, &wal))
        return 0;
    for (size_t i = 0; i < wal.n; i++) {
        if (wal.all[i].at > size || wal.page_bytes > size - wal.all[i].at ||
            wal_find(&wal, wal.all[i].number) != &wal.all[i])
            abort();
    }
    wal_free(&wal);
    return 0;
}
