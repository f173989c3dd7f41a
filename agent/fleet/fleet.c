#include "agent/fleet/fleet.h"

#include <endian.h>
#include <stdlib.h>

#include "lib/problem.h"

static uint32_t gcd(uint32_t a, uint32_t b)
{
    while (b) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Who beats after the agent of this index. */
static uint32_t after(const struct fleet *fleet, uint32_t index)
{
    return (uint32_t)(((uint64_t)index + fleet->stride) % fleet->count);
}

static void make_key(const uint8_t fleet_secret[SECRET_BYTES], uint32_t agent, uint8_t ret[BEAT_KEY_BYTES])
{
    uint8_t secret[SECRET_BYTES];
    uint32_t id = htobe32(agent);
    crypto_hmac_sha256(fleet_secret, SECRET_BYTES, &id, sizeof(id), secret);
    crypto_hkdf(secret, BEAT_KEY_LABEL, ret, BEAT_KEY_BYTES);
}

int fleet_make(struct fleet *fleet, uint32_t first, uint32_t count, const uint8_t secret[SECRET_BYTES],
    int64_t period_us, struct problem *problem)
{
    *fleet = (struct fleet){ .first = first, .count = count, .period_us = period_us };
    fleet->key = calloc(count, sizeof(*fleet->key));
    fleet->dead = calloc(count, sizeof(*fleet->dead));
    if (!fleet->key || !fleet->dead) {
        fleet_free(fleet);
        return problem_set(problem, "no-memory", "count", "no memory for %u agents", count);
    }
    /* The golden section scatters best; from there the next number that shares no factor. */
    fleet->stride = (uint32_t)(count * 0.618);
    while (gcd(fleet->stride, count) != 1)
        fleet->stride++;
    for (uint32_t i = 0, index = 0; i < count; i++, index = after(fleet, index))
        make_key(secret, first + index, fleet->key[i]);
    return 0;
}

void fleet_free(struct fleet *fleet)
{
    free(fleet->key);
    free(fleet->dead);
    fleet->key = NULL;
    fleet->dead = NULL;
}

void fleet_set_dead(struct fleet *fleet, uint32_t first, uint32_t count, bool dead)
{
    for (uint32_t i = 0, index = 0; i < fleet->count; i++, index = after(fleet, index)) {
        if (fleet->first + index >= first && fleet->first + index - first < count)
            fleet->dead[i] = dead;
    }
}

uint64_t fleet_due(const struct fleet *fleet, int64_t now_us)
{
    __int128 elapsed_us = now_us - fleet->started_us;
    return (uint64_t)(elapsed_us * fleet->count / fleet->period_us);
}

bool fleet_next(struct fleet *fleet, uint8_t ret[BEAT_BYTES])
{
    uint32_t i = (uint32_t)(fleet->position % fleet->count), index = fleet->next;
    bool first_round = fleet->position < fleet->count;
    if (fleet->position && i == 0)
        fleet->counter++;
    fleet->position++;
    fleet->next = after(fleet, index);
    if (fleet->dead[i])
        return false;
    const struct beat beat = {
        .flags = first_round ? BEAT_HELLO : 0,
        .agent = fleet->first + index,
        .counter = fleet->counter,
    };
    beat_encode(&beat, fleet->key[i], ret);
    return true;
}
