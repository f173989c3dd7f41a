#include "services/ingest/guesses.h"

#include <arpa/inet.h>
#include <string.h>

#define PERIOD_MS 60000
#define REFUSALS_MAX 10         /* a minute: more than mistyping takes, and 2^256 tokens to guess */

static uint64_t network_of(const char *address)
{
    struct in_addr v4;
    struct in6_addr v6 = { 0 };
    uint64_t network;
    if (inet_pton(AF_INET, address, &v4) == 1)
        return v4.s_addr;
    inet_pton(AF_INET6, address, &v6);
    /* Whoever has one address of IPv6 has a whole /64 of them. */
    memcpy(&network, v6.s6_addr, sizeof(network));
    return network ^ UINT64_MAX;
}

static unsigned slot_of(uint64_t network)
{
    return (unsigned)(network * 0x9e3779b97f4a7c15u >> 54);
}

bool guesses_too_many(const struct guesses *guesses, const char *address, int64_t mono_ms)
{
    uint64_t network = network_of(address);
    const typeof(guesses->slots[0]) *slot = &guesses->slots[slot_of(network)];
    return slot->network == network && slot->refused >= REFUSALS_MAX && mono_ms - slot->since_mono_ms < PERIOD_MS;
}

void guesses_add(struct guesses *guesses, const char *address, int64_t mono_ms)
{
    uint64_t network = network_of(address);
    typeof(guesses->slots[0]) *slot = &guesses->slots[slot_of(network)];
    if (slot->network != network || !slot->refused || mono_ms - slot->since_mono_ms >= PERIOD_MS) {
        slot->network = network;
        slot->since_mono_ms = mono_ms;
        slot->refused = 0;
    }
    slot->refused++;
}
