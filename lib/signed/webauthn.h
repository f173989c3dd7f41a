/*
 * A passkey's or security key's assertion (W3C WebAuthn level 2, §7.2) as a signature: over authenticator data and the
 * browser's words, which must say that it was asked to sign this very document, by the page that the trust file names,
 * with a touch (UP) and a PIN or the like (UV). What was made for a log-in says something else in each of these.
 */
#ifndef VEDETTE_SIGNED_WEBAUTHN_H
#define VEDETTE_SIGNED_WEBAUTHN_H

#include "lib/signed/key.h"

#define WEBAUTHN_DATA_BYTES 1024  /* authenticator data without extensions has 37 */
#define WEBAUTHN_WORDS_BYTES 2048 /* clientDataJSON has 200, and browsers may add to it */

/* The assertion's parts, out of the JSON that stands as `sig` in an envelope: {"authenticatorData", "clientDataJSON",
 * "signature"}, each in base64url without padding. */
struct assertion {
    uint8_t data[WEBAUTHN_DATA_BYTES];
    size_t data_bytes;
    char words[WEBAUTHN_WORDS_BYTES + 1];
    size_t words_bytes;
    uint8_t signature[80]; /* DER of ECDSA, or 64 bytes of Ed25519 */
    size_t signature_bytes;
};
int assertion_parse(const char *text, size_t bytes, struct assertion *ret, struct problem *);

/* -1 + "bad-signature" and which of it all is not so. */
int assertion_verify(const struct assertion *, const struct public_key *, const char *rp_id, const char *origin,
    const uint8_t challenge[SHA256_BYTES], struct problem *);

#endif
