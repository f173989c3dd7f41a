#include "lib/beat.h"

#include <endian.h>
#include <string.h>

#define AUTHENTICATED_BYTES 16 /* what the MAC covers: everything before it */

static uint64_t mac(const uint8_t bytes[BEAT_BYTES], const uint8_t key[BEAT_KEY_BYTES])
{
    return htobe64(crypto_siphash16(key, bytes));
}

void beat_encode(const struct beat *beat, const uint8_t key[BEAT_KEY_BYTES], uint8_t ret[BEAT_BYTES])
{
    uint32_t agent = htobe32(beat->agent);
    uint64_t counter = htobe64(beat->counter);
    ret[0] = BEAT_VERSION;
    ret[1] = beat->flags;
    ret[2] = ret[3] = 0;
    memcpy(ret + 4, &agent, sizeof(agent));
    memcpy(ret + 8, &counter, sizeof(counter));
    uint64_t code = mac(ret, key);
    memcpy(ret + AUTHENTICATED_BYTES, &code, sizeof(code));
}

int beat_decode(const uint8_t *bytes, unsigned length, struct beat *ret)
{
    uint32_t agent;
    uint64_t counter;
    if (length != BEAT_BYTES || bytes[0] != BEAT_VERSION || bytes[2] || bytes[3])
        return -1;
    memcpy(&agent, bytes + 4, sizeof(agent));
    memcpy(&counter, bytes + 8, sizeof(counter));
    if (!agent)
        return -1;
    *ret = (struct beat){ .flags = bytes[1], .agent = be32toh(agent), .counter = be64toh(counter) };
    return 0;
}

bool beat_authentic(const uint8_t bytes[BEAT_BYTES], const uint8_t key[BEAT_KEY_BYTES])
{
    uint64_t given;
    memcpy(&given, bytes + AUTHENTICATED_BYTES, sizeof(given));
    return mac(bytes, key) == given;    /* one comparison of registers: its time tells nothing */
}
