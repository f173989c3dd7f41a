/* A datagram from anybody: without the key nothing wakes us. */
#include "tests/fuzz/fuzz.h"

#include "agent/wake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[BEAT_KEY_BYTES] = "a key not known";
    uint64_t last = 0;
    if (wake_take(data, (unsigned)size, 1, key, &last) != WAKE_NONE && (size != 24 || !last))
        __builtin_trap();
    return 0;
}
