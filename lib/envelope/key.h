/*
 * A key of envelopes: a pair of one's own, or another's public half. P-256 (signing and sealing) or RSA-3072 (sealing),
 * with the certificate without which OpenSSL's CMS takes no key: made in memory, signed by nobody, and of no meaning
 * but for its subject key identifier, which is the key's fingerprint.
 *
 * The fingerprint is SHA-256 of the SubjectPublicKeyInfo (DER). Keys may be used by several threads at a time.
 */
#ifndef VEDETTE_ENVELOPE_KEY_H
#define VEDETTE_ENVELOPE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/crypto.h"

struct buf;
struct envelope_key;
struct problem;

#define FINGERPRINT_HEX_BYTES HEX_BYTES(SHA256_BYTES)
#define ENVELOPE_SPKI_BYTES 768 /* SubjectPublicKeyInfo in base64, and NUL: P-256 124 characters, RSA-3072 564 */

/* A service's own pairs, in its folder of the state directory; made by `vedette init`. The next one is made by `vedette
 * keys next`, and takes the place of the first when the trust file names it. */
#define ENVELOPE_SIGN_KEY "sign.key"
#define ENVELOPE_SEAL_KEY "seal.key"
#define ENVELOPE_SIGN_KEY_NEXT "sign.next.key"
#define ENVELOPE_SEAL_KEY_NEXT "seal.next.key"
#define ENVELOPE_SIGN_KEY_BEFORE "sign.before.key"
#define ENVELOPE_SEAL_KEY_BEFORE "seal.before.key"

enum envelope_key_type { ENVELOPE_KEY_P256, ENVELOPE_KEY_RSA3072 };

/* A new private key, PKCS #8 in PEM, appended to *ret; forget it when it is stored. */
int envelope_key_make(enum envelope_key_type, struct buf *ret, struct problem *);

/* All: the caller's, to be freed; NULL + problem "bad-key". A private key in PEM; in a file that nobody else may
 * read; a public one, SubjectPublicKeyInfo as DER in base64, as enrolment and the trust file have it. */
struct envelope_key *envelope_key_private(const char *pem, size_t bytes, struct problem *);
struct envelope_key *envelope_key_load(const char *path, struct problem *);
struct envelope_key *envelope_key_public(const char *spki, struct problem *);
/* A public key, or a certificate of one, in PEM, as owners of backups name their recipients. */
struct envelope_key *envelope_key_public_load(const char *path, struct problem *);
void envelope_key_free(struct envelope_key *);

enum envelope_key_type envelope_key_type(const struct envelope_key *);
bool envelope_key_is_private(const struct envelope_key *);
const char *envelope_key_fingerprint(const struct envelope_key *); /* hexadecimal */
const char *envelope_key_spki(const struct envelope_key *);        /* DER in base64 */

#endif
