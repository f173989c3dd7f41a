/* Nonces for agents' mail: random, good for one answer within a minute. Pure but for randomness. */
#ifndef INGEST_NONCES_H
#define INGEST_NONCES_H

#include <stdbool.h>
#include <stdint.h>

#define NONCE_BYTES 32
#define NONCE_SLOTS 4096        /* by agent id; who loses a slot to another asks again */

struct nonces {
    struct {
        uint32_t agent;
        int64_t good_until_mono_ms;
        uint8_t nonce[NONCE_BYTES];
    } slots[NONCE_SLOTS];
};

void nonce_make(struct nonces *, uint32_t agent, int64_t mono_ms, uint8_t ret[NONCE_BYTES]);
/* Whether this is the agent's; it is used up if so. */
bool nonce_take(struct nonces *, uint32_t agent, const uint8_t nonce[NONCE_BYTES], int64_t mono_ms);

#endif
