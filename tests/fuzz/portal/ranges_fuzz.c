/* Any text as agents and ranges of them: as many as it says, none of them 0. */
#include "tests/fuzz/fuzz.h"

#include "services/portal/fleet/ranges.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint32_t ids[RANGES_AGENTS_MAX];
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    size_t count = ranges_parse(text, ids);
    if (count > RANGES_AGENTS_MAX)
        abort();
    for (size_t i = 0; i < count; i++) {
        if (!ids[i])
            abort();
    }
    free(text);
    return 0;
}
