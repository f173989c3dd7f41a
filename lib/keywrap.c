#include "lib/keywrap.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

/* Wrap (encrypt) or unwrap; returns the number of bytes made, -1 if the integrity check of RFC 3394 fails. */
static int run(const uint8_t key[SECRET_BYTES], const uint8_t *in, int bytes, uint8_t *ret, int encrypt)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (!context)
        abort(); /* out of memory in the middle of a key: nothing sensible can follow */
    EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    int made = -1;
    if (EVP_CipherInit_ex(context, EVP_aes_256_wrap(), NULL, key, NULL, encrypt) != 1 ||
        EVP_CipherUpdate(context, ret, &made, in, bytes) != 1)
        made = -1;
    EVP_CIPHER_CTX_free(context);
    return made;
}

void keywrap(const uint8_t key[SECRET_BYTES], const uint8_t secret[SECRET_BYTES], uint8_t ret[WRAPPED_BYTES])
{
    if (run(key, secret, SECRET_BYTES, ret, 1) != WRAPPED_BYTES)
        abort(); /* cannot happen with these sizes */
}

int keyunwrap(const uint8_t key[SECRET_BYTES], const uint8_t wrapped[WRAPPED_BYTES], uint8_t ret[SECRET_BYTES])
{
    uint8_t secret[WRAPPED_BYTES];
    int error = run(key, wrapped, WRAPPED_BYTES, secret, 0) == SECRET_BYTES ? 0 : -1;
    if (!error)
        memcpy(ret, secret, SECRET_BYTES);
    crypto_forget(secret, sizeof(secret));
    return error;
}
