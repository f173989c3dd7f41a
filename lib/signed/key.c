#include "lib/signed/key.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "lib/problem.h"

/* SubjectPublicKeyInfo up to the bare key: RFC 8410 §4, RFC 5480 §2.1.1 with the named curve prime256v1. */
static const uint8_t ed25519_before[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };
static const uint8_t p256_before[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00 };

static bool begins(const uint8_t *der, size_t bytes, const uint8_t *before, size_t before_bytes, size_t bare_bytes)
{
    return bytes == before_bytes + bare_bytes && !memcmp(der, before, before_bytes);
}

size_t key_spki(enum key_algorithm algorithm, const uint8_t *bare, uint8_t ret[SPKI_BYTES])
{
    bool p256 = algorithm == KEY_P256;
    size_t before_bytes = p256 ? sizeof(p256_before) : sizeof(ed25519_before);
    size_t bare_bytes = p256 ? P256_POINT_BYTES : ED25519_PUBLIC_BYTES;
    memcpy(ret, p256 ? p256_before : ed25519_before, before_bytes);
    memcpy(ret + before_bytes, bare, bare_bytes);
    return before_bytes + bare_bytes;
}

int key_read(const uint8_t *der, size_t bytes, struct public_key *ret, struct problem *problem)
{
    struct public_key key = { 0 };
    uint8_t hash[SHA256_BYTES];
    const uint8_t *at = der;
    if (begins(der, bytes, ed25519_before, sizeof(ed25519_before), ED25519_PUBLIC_BYTES)) {
        key.algorithm = KEY_ED25519;
    } else if (begins(der, bytes, p256_before, sizeof(p256_before), P256_POINT_BYTES)) {
        key.algorithm = KEY_P256;
        /* It refuses what is no point of the curve. */
        key.p256 = d2i_PUBKEY(NULL, &at, (long)bytes);
    } else {
        return problem_set(problem, "bad-key", "", "this is no public key of Ed25519 or P-256");
    }
    if (key.algorithm == KEY_P256 && !key.p256)
        return problem_set(problem, "bad-key", "", "this is no point of P-256");
    memcpy(key.spki, der, bytes);
    key.spki_bytes = bytes;
    crypto_sha256(der, bytes, hash);
    crypto_hex(hash, sizeof(hash), key.keyid);
    *ret = key;
    return 0;
}

int key_read_text(const char *text, struct public_key *ret, struct problem *problem)
{
    uint8_t der[SPKI_BYTES];
    size_t bytes;
    if (crypto_unbase64(text, strlen(text), der, sizeof(der), &bytes))
        return problem_set(problem, "bad-key", "", "this is no public key of Ed25519 or P-256 in base64");
    return key_read(der, bytes, ret, problem);
}

void key_text(const struct public_key *key, char ret[SPKI_TEXT_BYTES])
{
    crypto_base64(key->spki, key->spki_bytes, ret);
}

void key_free(struct public_key *key)
{
    if (key)
        EVP_PKEY_free(key->p256);
}

bool key_holds(const struct public_key *key, const void *data, size_t bytes, const uint8_t *sig, size_t sig_bytes)
{
    if (key->algorithm == KEY_ED25519)
        return sig_bytes == ED25519_SIGNATURE_BYTES &&
               crypto_ed25519_verify(key->spki + sizeof(ed25519_before), data, bytes, sig);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool holds = context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key->p256) == 1 &&
                 EVP_DigestVerify(context, sig, sig_bytes, data, bytes) == 1;
    EVP_MD_CTX_free(context);
    return holds;
}
