#include "services/ingest/mail/nonces.h"

#include <string.h>

#include "lib/crypto.h"

#define GOOD_MS 60000

void nonce_make(struct nonces *nonces, uint32_t agent, int64_t mono_ms, uint8_t ret[NONCE_BYTES])
{
    typeof(nonces->slots[0]) *slot = &nonces->slots[agent % NONCE_SLOTS];
    slot->agent = agent;
    slot->good_until_mono_ms = mono_ms + GOOD_MS;
    crypto_random(slot->nonce, NONCE_BYTES);
    memcpy(ret, slot->nonce, NONCE_BYTES);
}

bool nonce_take(struct nonces *nonces, uint32_t agent, const uint8_t nonce[NONCE_BYTES], int64_t mono_ms)
{
    typeof(nonces->slots[0]) *slot = &nonces->slots[agent % NONCE_SLOTS];
    if (slot->agent != agent || mono_ms >= slot->good_until_mono_ms || !crypto_equal(slot->nonce, nonce, NONCE_BYTES))
        return false;
    slot->agent = 0;
    return true;
}
