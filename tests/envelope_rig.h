/* Parties that send each other envelopes, for tests, fuzzers and benchmarks: an agent, the scheduler, and a
 * stranger. */
#ifndef VEDETTE_TESTS_ENVELOPE_RIG_H
#define VEDETTE_TESTS_ENVELOPE_RIG_H

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/envelope/envelope.h"
#include "lib/problem.h"
#include "tests/key_rig.h"

#define RIG_DEPLOYMENT "00112233445566778899aabbccddeeff"
#define RIG_DOCUMENT "0123456789abcdef0123456789abcdef"

struct rig_party {
    unsigned peer; /* 0: an agent */
    struct envelope_key *sign, *seal;
};

static struct rig_party rig_agent, rig_scheduler = { .peer = PEER_SCHEDULER }, rig_stranger;

static inline void rig_open(void)
{
    struct rig_party *const all[] = { &rig_agent, &rig_scheduler, &rig_stranger };
    crypto_open();
    for (size_t i = 0; i < 3; i++) {
        all[i]->sign = rig_key(ENVELOPE_KEY_P256);
        all[i]->seal = rig_key(ENVELOPE_KEY_P256);
    }
}

static inline void rig_close(void)
{
    struct rig_party *const all[] = { &rig_agent, &rig_scheduler, &rig_stranger };
    for (size_t i = 0; i < 3; i++) {
        envelope_key_free(all[i]->sign);
        envelope_key_free(all[i]->seal);
    }
}

/* Whom everybody knows: the agent and the scheduler. */
static inline const struct envelope_key *rig_signer(void *arg, const char *fingerprint, unsigned *ret_peer)
{
    struct rig_party *const known[] = { &rig_agent, &rig_scheduler };
    for (size_t i = 0; i < 2; i++) {
        if (known[i] != arg && !strcmp(envelope_key_fingerprint(known[i]->sign), fingerprint)) {
            *ret_peer = known[i]->peer;
            return known[i]->sign;
        }
    }
    return NULL;
}

static inline int rig_seal(const struct rig_party *from, const struct rig_party *to, enum envelope purpose,
    uint64_t counter, const void *message, struct buf *ret)
{
    const struct envelope_writer writer = { RIG_DEPLOYMENT, from->sign, to->seal };
    return envelope_seal(&writer, purpose, (struct stream_place){ 7, counter }, message, ret, NULL);
}

static inline int rig_open_as(
    struct rig_party *party, const void *data, size_t bytes, struct envelope_opened *ret, struct problem *problem)
{
    const struct envelope_key *const own[] = { party->seal };
    const struct envelope_reader reader = { RIG_DEPLOYMENT, party->peer, own, 1, rig_signer, party };
    return envelope_open(&reader, data, bytes, ret, problem);
}

#endif
