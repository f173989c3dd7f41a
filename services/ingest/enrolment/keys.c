#include "services/ingest/enrolment/keys.h"

#include <string.h>

#define SPKI_BYTES 91
#define SPKI_BASE64 124

/* RFC 5480: AlgorithmIdentifier {id-ecPublicKey, prime256v1}, BIT STRING of 66 bytes, uncompressed point. */
static const uint8_t spki_head[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
    0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04 };

static int digit(char c)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

/* Exactly the base64 of SPKI_BYTES bytes: 122 digits, of which the last has four zero bits, and two `=`. */
static int unbase64(const char *text, uint8_t ret[SPKI_BYTES + 1])
{
    uint32_t bits = 0;
    int n_bits = 0, n = 0;
    if (strlen(text) != SPKI_BASE64 || strcmp(text + SPKI_BASE64 - 2, "=="))
        return -1;
    for (int i = 0; i < SPKI_BASE64 - 2; i++) {
        int value = digit(text[i]);
        if (value < 0)
            return -1;
        bits = bits << 6 | (uint32_t)value;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            ret[n++] = (uint8_t)(bits >> n_bits);
        }
    }
    return bits & ((1u << n_bits) - 1) ? -1 : 0;
}

int key_check(const char *text, char ret_fingerprint[HEX_BYTES(SHA256_BYTES)])
{
    uint8_t der[SPKI_BYTES + 1], hash[SHA256_BYTES];
    if (unbase64(text, der) || memcmp(der, spki_head, sizeof(spki_head)))
        return -1;
    crypto_sha256(der, SPKI_BYTES, hash);
    crypto_hex(hash, sizeof(hash), ret_fingerprint);
    return 0;
}
