#include "agent/wake.h"

#include "agent/counter.h"
#include "lib/beat.h"

enum wake wake_take(
    const uint8_t *bytes, unsigned length, uint32_t agent, const uint8_t key[BEAT_KEY_BYTES], uint64_t *last)
{
    struct beat wake;
    if (beat_decode(bytes, length, &wake) || wake.agent != agent || !beat_authentic(bytes, key))
        return WAKE_NONE;
    if (wake.counter <= *last || wake.counter > COUNTER_MAX)
        return WAKE_NONE;
    *last = wake.counter;
    return wake.flags & BEAT_HELLO ? WAKE_GREETING : WAKE_MAIL;
}
