#include "lib/aead.h"

#include <limits.h>
#include <stdlib.h>

#include <openssl/evp.h>

struct aead {
    EVP_CIPHER *cipher; /* fetched once: a fetch costs more than a seal */
    EVP_CIPHER_CTX *context;
};

static const uint8_t nonce[12];

struct aead *aead_new(void)
{
    struct aead *aead = calloc(1, sizeof(*aead));
    if (!aead)
        return NULL;
    aead->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    aead->context = EVP_CIPHER_CTX_new();
    if (aead->cipher && aead->context)
        return aead;
    aead_free(aead);
    return NULL;
}

void aead_free(struct aead *aead)
{
    if (!aead)
        return;
    EVP_CIPHER_CTX_free(aead->context);
    EVP_CIPHER_free(aead->cipher);
    free(aead);
}

int aead_seal(struct aead *aead, const uint8_t key[SECRET_BYTES], const void *associated, size_t associated_bytes,
    const void *text, size_t bytes, uint8_t *ret)
{
    int made, rest;
    if (bytes > INT_MAX / 2 || EVP_EncryptInit_ex(aead->context, aead->cipher, NULL, key, nonce) != 1 ||
        EVP_EncryptUpdate(aead->context, NULL, &made, associated, (int)associated_bytes) != 1 ||
        EVP_EncryptUpdate(aead->context, ret, &made, text, (int)bytes) != 1 ||
        EVP_EncryptFinal_ex(aead->context, ret + made, &rest) != 1 ||
        EVP_CIPHER_CTX_ctrl(aead->context, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG_BYTES, ret + bytes) != 1)
        return -1;
    return 0;
}

int aead_open(struct aead *aead, const uint8_t key[SECRET_BYTES], const void *associated, size_t associated_bytes,
    const uint8_t *sealed, size_t bytes, void *ret)
{
    uint8_t tag[AEAD_TAG_BYTES];
    int made, rest;
    if (bytes < AEAD_TAG_BYTES || bytes > INT_MAX / 2)
        return -1;
    bytes -= AEAD_TAG_BYTES;
    for (size_t i = 0; i < sizeof(tag); i++)
        tag[i] = sealed[bytes + i];
    if (EVP_DecryptInit_ex(aead->context, aead->cipher, NULL, key, nonce) != 1 ||
        EVP_DecryptUpdate(aead->context, NULL, &made, associated, (int)associated_bytes) != 1 ||
        EVP_DecryptUpdate(aead->context, ret, &made, sealed, (int)bytes) != 1 ||
        EVP_CIPHER_CTX_ctrl(aead->context, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) != 1 ||
        EVP_DecryptFinal_ex(aead->context, (uint8_t *)ret + made, &rest) != 1)
        return -1;
    return 0;
}
