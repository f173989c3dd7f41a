#include "services/ingest/enrolment/guesses.h"

#include "lib/network.h"

#define PERIOD_MS 60000
#define REFUSALS_MAX 10 /* a minute: more than mistyping takes, and 2^256 tokens to guess */

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
