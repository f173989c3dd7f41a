/*
 * Cryptography, the few primitives that Vedette composes, by libsodium: small enough for the resident agent.
 * What only the server needs of OpenSSL stands in keywrap.h, totp.h and certificate.h. Sizes are bytes.
 */
#ifndef VEDETTE_CRYPTO_H
#define VEDETTE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct problem;

#define SHA256_BYTES 32
#define BLAKE2B_BYTES 32
#define SECRET_BYTES 32         /* an agent's secret, a master key */
#define BEAT_KEY_BYTES 16       /* SipHash-2-4 */
#define HEX_BYTES(n) (2 * (n) + 1)
#define TOKEN_BYTES 44          /* 32 random bytes in base64url without padding, and NUL */

/* Once per process, before anything else here; ends the process if randomness cannot be had. */
void crypto_open(void);

void crypto_random(void *ret, size_t bytes);
void crypto_token(char ret[TOKEN_BYTES]);
void crypto_sha256(const void *data, size_t bytes, uint8_t ret[SHA256_BYTES]);
/* BLAKE2b with 32 bytes: where nobody outside must check it, at a third of SHA-256's cost. */
void crypto_blake2b(const void *data, size_t bytes, uint8_t ret[BLAKE2B_BYTES]);
void crypto_hmac_sha256(const void *key, size_t key_bytes, const void *data, size_t bytes, uint8_t ret[SHA256_BYTES]);
/* HKDF-SHA-256 (RFC 5869), no salt, label as info; bytes ≤ 255*32. */
void crypto_hkdf(const uint8_t secret[SECRET_BYTES], const char *label, void *ret, size_t bytes);
/* SipHash-2-4 of 16 bytes, as the number whose network order goes into a beat. */
uint64_t crypto_siphash16(const uint8_t key[BEAT_KEY_BYTES], const uint8_t data[16]);

/* Argon2id (RFC 9106), 19 MiB, t=2; 36 ms: run it off the loop. The hash is the PHC string (128 bytes are enough). */
int crypto_password_hash(const char *password, char ret[128]);
bool crypto_password_matches(const char *hash, const char *password);

bool crypto_equal(const void *a, const void *b, size_t bytes);     /* in constant time */
void crypto_forget(void *secret, size_t bytes);
void crypto_hex(const void *data, size_t bytes, char *ret);         /* HEX_BYTES(bytes) */
int crypto_unhex(const char *hex, void *ret, size_t bytes);         /* exactly 2*bytes digits; 0 or -1 */
void crypto_base32(const void *data, size_t bytes, char *ret);      /* RFC 4648 without padding; 8*bytes/5+2 */

#endif
