/* Any text as the file that says where succeeding logs began: of whatever it lists, places rise with sequences and lead
 * back to them. */
#include "tests/fuzz/fuzz.h"

#include "lib/place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct successions read;
    char *text = strndup((const char *)data, size);
    if (!text)
        abort();
    int error = successions_parse(text, &read, NULL);
    free(text);
    if (error)
        return 0;
    for (uint32_t i = 0; i < read.n; i++) {
        const uint64_t at = read.begins[i];
        if (successions_sequence(&read, successions_place(&read, at)) != at ||
            successions_place(&read, at) >= successions_place(&read, at + 1) ||
            successions_sequence(&read, (uint64_t)i << PLACE_SEQUENCE_BITS | place_sequence(UINT64_MAX)) > at)
            abort();
    }
    return 0;
}
