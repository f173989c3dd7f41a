/*
 * Public keys of people, and whether a signature is theirs: Ed25519 (RFC 8032) and ECDSA on P-256 with SHA-256. With
 * key_file.h, lib/signed's only user of OpenSSL.
 */
#ifndef VEDETTE_SIGNED_KEY_H
#define VEDETTE_SIGNED_KEY_H

#include <stdbool.h>

#include "lib/signed/dsse.h"

struct evp_pkey_st;

#define P256_POINT_BYTES 65 /* uncompressed: 0x04, x, y */
#define SPKI_BYTES 91       /* of P-256, the longer one, in DER */

enum key_algorithm { KEY_ED25519, KEY_P256 };

struct public_key {
    enum key_algorithm algorithm;
    char keyid[KEYID_BYTES]; /* SHA-256 of its SubjectPublicKeyInfo: the same key is the same id in every form */
    uint8_t spki[SPKI_BYTES];
    size_t spki_bytes;
    struct evp_pkey_st *p256; /* made once: reading it costs as much as a verification */
};

/* A SubjectPublicKeyInfo in DER, in the one form that it has. *ret is untouched on failure, key_free's otherwise. */
int key_read(const uint8_t *der, size_t bytes, struct public_key *ret, struct problem *);
/* The same in base64. */
int key_read_text(const char *text, struct public_key *ret, struct problem *);
void key_free(struct public_key *);

/* In base64, as trust files have it. */
#define SPKI_TEXT_BYTES BASE64_BYTES(SPKI_BYTES)
void key_text(const struct public_key *, char ret[SPKI_TEXT_BYTES]);

/* The DER of the bare key: 32 bytes, or a point of P256_POINT_BYTES. Its length. */
size_t key_spki(enum key_algorithm, const uint8_t *bare, uint8_t ret[SPKI_BYTES]);

/* sig: 64 bytes of Ed25519, or the DER of ECDSA's r and s. */
bool key_holds(const struct public_key *, const void *data, size_t bytes, const uint8_t *sig, size_t sig_bytes);

#endif
