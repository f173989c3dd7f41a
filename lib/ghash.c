#include "lib/ghash.h"

#include <stdlib.h>

#include <openssl/evp.h>

#include "lib/gmac.h"

#define KEYS_LABEL "vedette ghash 1"

struct ghash {
    struct gmac *gmac;
    EVP_CIPHER_CTX *aes;
};

static int set_keys(struct ghash *hash, const uint8_t key[SECRET_BYTES])
{
    uint8_t keys[2][SECRET_BYTES];
    crypto_hkdf(key, KEYS_LABEL, keys, sizeof(keys));
    hash->gmac = gmac_new(keys[0]);
    int error = !hash->gmac || EVP_EncryptInit_ex(hash->aes, EVP_aes_256_ecb(), NULL, keys[1], NULL) != 1 ||
                EVP_CIPHER_CTX_set_padding(hash->aes, 0) != 1;
    crypto_forget(keys, sizeof(keys));
    return error ? -1 : 0;
}

struct ghash *ghash_new(const uint8_t key[SECRET_BYTES])
{
    struct ghash *hash = calloc(1, sizeof(*hash));
    if (hash && (hash->aes = EVP_CIPHER_CTX_new()) && !set_keys(hash, key))
        return hash;
    ghash_free(hash);
    return NULL;
}

void ghash_free(struct ghash *hash)
{
    if (!hash)
        return;
    gmac_free(hash->gmac);
    EVP_CIPHER_CTX_free(hash->aes);
    free(hash);
}

/* GMAC is GHASH with a constant added to it, which is the same for all; nobody sees it, it goes through AES. */
int ghash(struct ghash *hash, const void *data, size_t bytes, uint8_t ret[GHASH_BYTES])
{
    uint8_t sum[GMAC_BYTES];
    int done;
    return !gmac(hash->gmac, data, bytes, sum) &&
                   EVP_EncryptUpdate(hash->aes, ret, &done, sum, sizeof(sum)) == 1
               ? 0
               : -1;
}
