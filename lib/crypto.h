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
#define ED25519_SEED_BYTES 32   /* the private key of RFC 8032, from which all else is derived */
#define ED25519_PUBLIC_BYTES 32
#define ED25519_SECRET_BYTES 64 /* seed and public key, as libsodium signs with them */
#define ED25519_SIGNATURE_BYTES 64
#define HEX_BYTES(n) (2 * (n) + 1)
#define BASE64_BYTES(n) (((n) + 2) / 3 * 4 + 1)
#define TOKEN_BYTES 44          /* 32 random bytes in base64url without padding, and NUL */

/* Once per process, before anything else here; ends the process if randomness cannot be had. */
void crypto_open(void);

void crypto_random(void *ret, size_t bytes);
void crypto_token(char ret[TOKEN_BYTES]);
void crypto_sha256(const void *data, size_t bytes, uint8_t ret[SHA256_BYTES]);
/* BLAKE2b with 32 bytes: where nobody outside must check it, at a third of SHA-256's cost. */
void crypto_blake2b(const void *data, size_t bytes, uint8_t ret[BLAKE2B_BYTES]);
/* The same of what comes in parts: begin, add each, end. */
struct crypto_blake2b {
    _Alignas(64) uint8_t state[384]; /* as libsodium has it */
};
void crypto_blake2b_begin(struct crypto_blake2b *);
void crypto_blake2b_add(struct crypto_blake2b *, const void *data, size_t bytes);
void crypto_blake2b_end(struct crypto_blake2b *, uint8_t ret[BLAKE2B_BYTES]);
/* The same as a pseudo-random function of the key; ret may be the key. */
void crypto_blake2b_keyed(
    const uint8_t key[SECRET_BYTES], const void *data, size_t bytes, uint8_t ret[BLAKE2B_BYTES]);
void crypto_hmac_sha256(const void *key, size_t key_bytes, const void *data, size_t bytes, uint8_t ret[SHA256_BYTES]);
/* HKDF-SHA-256 (RFC 5869), no salt, label as info; bytes ≤ 255*32. */
void crypto_hkdf(const uint8_t secret[SECRET_BYTES], const char *label, void *ret, size_t bytes);
/* SipHash-2-4 of 16 bytes, as the number whose network order goes into a beat. */
uint64_t crypto_siphash16(const uint8_t key[BEAT_KEY_BYTES], const uint8_t data[16]);

/* Ed25519 (RFC 8032). Verifying refuses small-order keys and signatures that are not in their one canonical form. */
void crypto_ed25519_key(const uint8_t seed[ED25519_SEED_BYTES], uint8_t ret_public[ED25519_PUBLIC_BYTES],
    uint8_t ret_secret[ED25519_SECRET_BYTES]);
void crypto_ed25519_sign(const uint8_t secret[ED25519_SECRET_BYTES], const void *data, size_t bytes,
    uint8_t ret[ED25519_SIGNATURE_BYTES]);
bool crypto_ed25519_verify(const uint8_t public_key[ED25519_PUBLIC_BYTES], const void *data, size_t bytes,
    const uint8_t signature[ED25519_SIGNATURE_BYTES]);

/* Argon2id (RFC 9106), 19 MiB, t=2; 36 ms: run it off the loop. The hash is the PHC string (128 bytes are enough). */
int crypto_password_hash(const char *password, char ret[128]);
bool crypto_password_matches(const char *hash, const char *password);

bool crypto_equal(const void *a, const void *b, size_t bytes);     /* in constant time */
void crypto_forget(void *secret, size_t bytes);
void crypto_hex(const void *data, size_t bytes, char *ret);         /* HEX_BYTES(bytes) */
int crypto_unhex(const char *hex, void *ret, size_t bytes);         /* exactly 2*bytes digits; 0 or -1 */
void crypto_base64(const void *data, size_t bytes, char *ret);      /* RFC 4648 §4 with padding; BASE64_BYTES(bytes) */
/* The one canonical form only: padding, no blanks, no stray bits. -1, too, if it makes more than room bytes. */
int crypto_unbase64(const char *text, size_t length, void *ret, size_t room, size_t *ret_bytes);
/* RFC 4648 §5 without padding, and as strict. */
void crypto_base64url(const void *data, size_t bytes, char *ret); /* BASE64_BYTES(bytes) are enough */
int crypto_unbase64url(const char *text, size_t length, void *ret, size_t room, size_t *ret_bytes);
void crypto_base32(const void *data, size_t bytes, char *ret);      /* RFC 4648 without padding; 8*bytes/5+2 */

#endif
