#include "lib/crypto.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define ARGON2_PASSES 2
#define ARGON2_BYTES (19u << 20) /* RFC 9106's frugal choice; OWASP's first */

void crypto_open(void)
{
    if (sodium_init() < 0)
        abort();
}

void crypto_random(void *ret, size_t bytes)
{
    randombytes_buf(ret, bytes);
}

void crypto_token(char ret[TOKEN_BYTES])
{
    uint8_t bytes[32];
    crypto_random(bytes, sizeof(bytes));
    sodium_bin2base64(ret, TOKEN_BYTES, bytes, sizeof(bytes), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    crypto_forget(bytes, sizeof(bytes));
}

void crypto_sha256(const void *data, size_t bytes, uint8_t ret[SHA256_BYTES])
{
    crypto_hash_sha256(ret, data, bytes);
}

void crypto_blake2b(const void *data, size_t bytes, uint8_t ret[BLAKE2B_BYTES])
{
    crypto_generichash(ret, BLAKE2B_BYTES, data, bytes, NULL, 0);
}

_Static_assert(sizeof(crypto_generichash_state) <= sizeof(struct crypto_blake2b), "libsodium's fits in");

static crypto_generichash_state *state_of(struct crypto_blake2b *hash)
{
    return (crypto_generichash_state *)(void *)hash->state;
}

void crypto_blake2b_begin(struct crypto_blake2b *hash)
{
    crypto_generichash_init(state_of(hash), NULL, 0, BLAKE2B_BYTES);
}

void crypto_blake2b_add(struct crypto_blake2b *hash, const void *data, size_t bytes)
{
    crypto_generichash_update(state_of(hash), data, bytes);
}

void crypto_blake2b_end(struct crypto_blake2b *hash, uint8_t ret[BLAKE2B_BYTES])
{
    crypto_generichash_final(state_of(hash), ret, BLAKE2B_BYTES);
}

void crypto_blake2b_keyed(
    const uint8_t key[SECRET_BYTES], const void *data, size_t bytes, uint8_t ret[BLAKE2B_BYTES])
{
    uint8_t hash[BLAKE2B_BYTES];
    crypto_generichash(hash, sizeof(hash), data, bytes, key, SECRET_BYTES);
    memcpy(ret, hash, sizeof(hash));
    crypto_forget(hash, sizeof(hash));
}

void crypto_hmac_sha256(const void *key, size_t key_bytes, const void *data, size_t bytes, uint8_t ret[SHA256_BYTES])
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key, key_bytes);
    crypto_auth_hmacsha256_update(&state, data, bytes);
    crypto_auth_hmacsha256_final(&state, ret);
    crypto_forget(&state, sizeof(state));
}

void crypto_hkdf(const uint8_t secret[SECRET_BYTES], const char *label, void *ret, size_t bytes)
{
    const uint8_t no_salt[SHA256_BYTES] = { 0 };
    uint8_t prk[SHA256_BYTES], block[SHA256_BYTES];
    uint8_t *out = ret;
    crypto_hmac_sha256(no_salt, sizeof(no_salt), secret, SECRET_BYTES, prk);
    /* RFC 5869 §2.3: T(n) = HMAC(PRK, T(n-1) ‖ info ‖ n) */
    for (uint8_t n = 1; bytes; n++) {
        crypto_auth_hmacsha256_state state;
        crypto_auth_hmacsha256_init(&state, prk, sizeof(prk));
        if (n > 1)
            crypto_auth_hmacsha256_update(&state, block, sizeof(block));
        crypto_auth_hmacsha256_update(&state, (const uint8_t *)label, strlen(label));
        crypto_auth_hmacsha256_update(&state, &n, 1);
        crypto_auth_hmacsha256_final(&state, block);
        size_t part = bytes < sizeof(block) ? bytes : sizeof(block);
        memcpy(out, block, part);
        out += part;
        bytes -= part;
    }
    crypto_forget(prk, sizeof(prk));
    crypto_forget(block, sizeof(block));
}

uint64_t crypto_siphash16(const uint8_t key[BEAT_KEY_BYTES], const uint8_t data[16])
{
    uint8_t hash[crypto_shorthash_BYTES];
    crypto_shorthash(hash, data, 16, key);
    uint64_t number;
    memcpy(&number, hash, sizeof(number));
    return __builtin_bswap64(number);
}

void crypto_ed25519_key(const uint8_t seed[ED25519_SEED_BYTES], uint8_t ret_public[ED25519_PUBLIC_BYTES],
    uint8_t ret_secret[ED25519_SECRET_BYTES])
{
    crypto_sign_seed_keypair(ret_public, ret_secret, seed);
}

void crypto_ed25519_sign(const uint8_t secret[ED25519_SECRET_BYTES], const void *data, size_t bytes,
    uint8_t ret[ED25519_SIGNATURE_BYTES])
{
    crypto_sign_detached(ret, NULL, data, bytes, secret);
}

bool crypto_ed25519_verify(const uint8_t public_key[ED25519_PUBLIC_BYTES], const void *data, size_t bytes,
    const uint8_t signature[ED25519_SIGNATURE_BYTES])
{
    return !crypto_sign_verify_detached(signature, data, bytes, public_key);
}

int crypto_password_hash(const char *password, char ret[128])
{
    _Static_assert(crypto_pwhash_argon2id_STRBYTES <= 128, "PHC string fits");
    return crypto_pwhash_argon2id_str(ret, password, strlen(password), ARGON2_PASSES, ARGON2_BYTES);
}

bool crypto_password_matches(const char *hash, const char *password)
{
    return !crypto_pwhash_argon2id_str_verify(hash, password, strlen(password));
}

bool crypto_equal(const void *a, const void *b, size_t bytes)
{
    return !sodium_memcmp(a, b, bytes);
}

void crypto_forget(void *secret, size_t bytes)
{
    sodium_memzero(secret, bytes);
}

void crypto_hex(const void *data, size_t bytes, char *ret)
{
    sodium_bin2hex(ret, HEX_BYTES(bytes), data, bytes);
}

int crypto_unhex(const char *hex, void *ret, size_t bytes)
{
    size_t length;
    const char *end;
    if (strlen(hex) != 2 * bytes)
        return -1;
    return sodium_hex2bin(ret, bytes, hex, 2 * bytes, NULL, &length, &end) || length != bytes ? -1 : 0;
}

void crypto_base64(const void *data, size_t bytes, char *ret)
{
    sodium_bin2base64(ret, BASE64_BYTES(bytes), data, bytes, sodium_base64_VARIANT_ORIGINAL);
}

static int unbase64(const char *text, size_t length, void *ret, size_t room, size_t *ret_bytes, int variant)
{
    /* libsodium 1.0.18 takes byte 0xaf for a slash. */
    for (size_t i = 0; i < length; i++) {
        if (text[i] & 0x80)
            return -1;
    }
    return sodium_base642bin(ret, room, text, length, NULL, ret_bytes, NULL, variant);
}

int crypto_unbase64(const char *text, size_t length, void *ret, size_t room, size_t *ret_bytes)
{
    return unbase64(text, length, ret, room, ret_bytes, sodium_base64_VARIANT_ORIGINAL);
}

void crypto_base64url(const void *data, size_t bytes, char *ret)
{
    sodium_bin2base64(ret, BASE64_BYTES(bytes), data, bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

int crypto_unbase64url(const char *text, size_t length, void *ret, size_t room, size_t *ret_bytes)
{
    return unbase64(text, length, ret, room, ret_bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void crypto_base32(const void *data, size_t bytes, char *ret)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const uint8_t *in = data;
    uint32_t bits = 0;
    int have = 0;
    for (size_t i = 0; i < bytes; i++) {
        bits = bits << 8 | in[i];
        for (have += 8; have >= 5; have -= 5)
            *ret++ = alphabet[bits >> (have - 5) & 31];
    }
    if (have)
        *ret++ = alphabet[bits << (5 - have) & 31];
    *ret = '\0';
}
