/*
 * AES-256-GCM (NIST SP 800-38D), by OpenSSL. The nonce is zero: each key may seal one text only, ever. So a key is
 * derived for each from a random salt, and no nonce has to be kept or counted.
 */
#ifndef VEDETTE_AEAD_H
#define VEDETTE_AEAD_H

#include <stddef.h>
#include <stdint.h>

#include "lib/crypto.h"

#define AEAD_TAG_BYTES 16

/* Working memory, of one thread. */
struct aead;
struct aead *aead_new(void); /* NULL: no memory */
void aead_free(struct aead *);

/* ret: bytes + AEAD_TAG_BYTES. -1: no memory. */
int aead_seal(struct aead *, const uint8_t key[SECRET_BYTES], const void *associated, size_t associated_bytes,
    const void *text, size_t bytes, uint8_t *ret);
/* bytes with the tag; ret: bytes - AEAD_TAG_BYTES, of no meaning after -1: sealed by another key, or changed. */
int aead_open(struct aead *, const uint8_t key[SECRET_BYTES], const void *associated, size_t associated_bytes,
    const uint8_t *sealed, size_t bytes, void *ret);

#endif
