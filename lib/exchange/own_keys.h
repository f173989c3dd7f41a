/*
 * A service's own keys of envelopes. Three pairs at most, by the names of their files: the one in use; `next`, which
 * `vedette keys next` made for people to name in the trust file; `before`, by which those agents are written to, and
 * write, that have not followed yet. Which of them signs for an agent is a matter of its stream (streams.h): it changes
 * with the trust file that the agent was sent.
 */
#ifndef VEDETTE_EXCHANGE_OWN_KEYS_H
#define VEDETTE_EXCHANGE_OWN_KEYS_H

#include "contract.h"
#include "lib/envelope/key.h"

#define OWN_KEYS_MAX 3

struct document_sealing;
struct problem;
struct trust;

struct own_keys {
    struct envelope_key *sign[OWN_KEYS_MAX], *seal[OWN_KEYS_MAX]; /* [0]: the pair in use, which is always there */
    size_t n_sign, n_seal;
};

/* All that are in the service's folder; what was loaded before is kept if that fails. */
int own_keys_load(struct own_keys *, const char *folder, struct problem *);
void own_keys_free(struct own_keys *);
/* If people named the next pair in the trust file (named NULL: they named none), it is the one in use from now on, and
 * the one in use becomes `before`. Once, at the start, before own_keys_load. */
int own_keys_settle(const char *folder, const struct document_sealing *named, struct problem *);

/* By its fingerprint, the key that a trust file names for a service; "": none. */
void own_keys_named(const struct trust *, enum addressee, char ret[FINGERPRINT_HEX_BYTES]);

/* Public halves of the pair that people are to name in a trust file: the next one where it is made, else the one in use. */
struct own_keys_offer {
    char sign_key[ENVELOPE_SPKI_BYTES], seal_key[ENVELOPE_SPKI_BYTES];
};
int own_keys_offer(const char *folder, struct own_keys_offer *ret, struct problem *);

/* The key with this fingerprint; NULL: it is not ours. */
const struct envelope_key *own_keys_sign(const struct own_keys *, const char *fingerprint);

#endif
