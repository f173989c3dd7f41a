#include "services/alert/output/signature.h"

#include <inttypes.h>
#include <string.h>

#include "lib/buf.h"

void signature_secret(const uint8_t secret[SECRET_BYTES], char ret[WHSEC_BYTES])
{
    memcpy(ret, "whsec_", 6);
    crypto_base64(secret, SECRET_BYTES, ret + 6);
}

int signature_make(const uint8_t secret[SECRET_BYTES], const char *id, int64_t timestamp_s, const void *body,
    size_t bytes, char ret[SIGNATURE_BYTES])
{
    struct buf content = { 0 };
    uint8_t mac[SHA256_BYTES];
    if (buf_format(&content, "%s.%" PRId64 ".", id, timestamp_s) || buf_append(&content, body, bytes)) {
        buf_free(&content);
        return -1;
    }
    crypto_hmac_sha256(secret, SECRET_BYTES, content.data, content.length, mac);
    buf_free(&content);
    memcpy(ret, "v1,", 3);
    crypto_base64(mac, sizeof(mac), ret + 3);
    return 0;
}
