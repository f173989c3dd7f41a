#include "lib/totp.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "lib/crypto.h"

/* RFC 4226 §5.3: dynamic truncation of HMAC-SHA-1 to six digits. */
static void hotp(const uint8_t secret[TOTP_SECRET_BYTES], int64_t step, char ret[7])
{
    uint8_t message[8], mac[20];
    unsigned length = sizeof(mac);
    for (int i = 0; i < 8; i++)
        message[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    HMAC(EVP_sha1(), secret, TOTP_SECRET_BYTES, message, sizeof(message), mac, &length);
    unsigned offset = mac[19] & 15;
    uint32_t number = (uint32_t)(mac[offset] & 127) << 24 | (uint32_t)mac[offset + 1] << 16 |
                      (uint32_t)mac[offset + 2] << 8 | mac[offset + 3];
    snprintf(ret, 7, "%06u", number % 1000000);
}

int64_t totp_match(const uint8_t secret[TOTP_SECRET_BYTES], const char *code, int64_t now_s)
{
    int64_t step = now_s / TOTP_STEP_S, found = -1;
    if (strlen(code) != 6)
        return -1;
    /* All three are always compared: the time taken says nothing of which one matched. */
    for (int64_t one = step - 1; one <= step + 1; one++) {
        char expected[7];
        hotp(secret, one, expected);
        if (crypto_equal(expected, code, 6))
            found = one;
    }
    return found;
}
