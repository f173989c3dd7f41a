/*
 * A person's private key in a file: PKCS #8 in PEM, which `openssl pkey` reads, encrypted under a passphrase (PBES2:
 * scrypt, AES-256-CBC). On administrators' machines only: no server and no agent has such a key.
 */
#ifndef VEDETTE_SIGNED_KEY_FILE_H
#define VEDETTE_SIGNED_KEY_FILE_H

#include "lib/signed/key.h"

#define KEY_FILE_BYTES 4096
#define KEY_SIGNATURE_BYTES 72 /* DER of ECDSA; 64 of Ed25519 */

struct signing_key {
    struct evp_pkey_st *pkey;
    struct public_key public;
};

/* A new one. passphrase NULL: not encrypted. signing_key_free's. */
int signing_key_make(enum key_algorithm, struct signing_key *ret, struct problem *);
void signing_key_free(struct signing_key *);
/* PEM texts; the caller's to free, the private one after crypto_forget. NULL: no memory. */
char *signing_key_private_pem(const struct signing_key *, const char *passphrase);
char *signing_key_public_pem(const struct signing_key *);

/* "passphrase": it is encrypted, and passphrase is NULL or another. */
int signing_key_open(const char *pem, const char *passphrase, struct signing_key *ret, struct problem *);
/* As key_holds verifies it. */
int signing_key_sign(const struct signing_key *, const void *data, size_t bytes, uint8_t ret[KEY_SIGNATURE_BYTES],
    size_t *ret_bytes, struct problem *);

/* A public key in PEM ("BEGIN PUBLIC KEY"). key_free's. */
int key_read_pem(const char *pem, struct public_key *ret, struct problem *);

#endif
