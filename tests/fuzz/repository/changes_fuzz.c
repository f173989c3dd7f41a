/* Any bytes as changes: a path that is taken leads nowhere but down. */
#include "tests/fuzz/fuzz.h"

#include "lib/repository/changes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *at = data, *end = data + size;
    struct change change;
    while (at < end && !change_read(&at, end, &change)) {
        if (at > end || change.path[0] == '/' || !change.path[0] || strstr(change.path, "//") ||
            !strncmp(change.path, "../", 3) || strstr(change.path, "/../") || change.bytes > CHANGE_DATA_MAX)
            abort();
    }
    return 0;
}
