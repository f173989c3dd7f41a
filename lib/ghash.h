/*
 * A hash of 16 bytes under a secret key, ten times as fast as HMAC-SHA-256: GHASH (NIST SP 800-38D) of the data, then
 * AES-256 of that, by OpenSSL. Two data of up to 8 MiB collide with a chance of 2^-108, whoever chose them and whatever
 * hashes he has seen, as long as he does not know the key; who knows it makes collisions at will. So it tells what is
 * the same, and is no proof of content (decision 55).
 */
#ifndef VEDETTE_GHASH_H
#define VEDETTE_GHASH_H

#include <stddef.h>
#include <stdint.h>

#include "lib/crypto.h"

#define GHASH_BYTES 16

/* Keys and working memory, of one thread at a time. */
struct ghash;
struct ghash *ghash_new(const uint8_t key[SECRET_BYTES]); /* NULL: no memory */
void ghash_free(struct ghash *);

/* -1: no memory, or more than 1 GiB. */
int ghash(struct ghash *, const void *data, size_t bytes, uint8_t ret[GHASH_BYTES]);

#endif
