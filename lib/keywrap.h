/* AES-256 key wrap (RFC 3394) of 32-byte secrets at rest, by OpenSSL's EVP. */
#ifndef VEDETTE_KEYWRAP_H
#define VEDETTE_KEYWRAP_H

#include <stdint.h>

#include "lib/crypto.h"

#define WRAPPED_BYTES (SECRET_BYTES + 8)

void keywrap(const uint8_t key[SECRET_BYTES], const uint8_t secret[SECRET_BYTES], uint8_t ret[WRAPPED_BYTES]);
/* -1 if the key is another or the wrapped bytes were altered; ret is then untouched. */
int keyunwrap(const uint8_t key[SECRET_BYTES], const uint8_t wrapped[WRAPPED_BYTES], uint8_t ret[SECRET_BYTES]);

#endif
