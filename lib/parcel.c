#include "lib/parcel.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define MAC_CHARACTERS (2 * SHA256_BYTES)

static const char *const lines[] = {
    [PARCEL_FROM_AGENT] = "vedette-parcel 1 from\n",
    [PARCEL_TO_AGENT] = "vedette-parcel 1 to\n",
};

int parcel_write(enum parcel_way way, const uint8_t key[SECRET_BYTES], const struct shape *shape, const void *message,
    struct buf *ret, struct problem *problem)
{
    uint8_t mac[SHA256_BYTES];
    char hex[HEX_BYTES(SHA256_BYTES)];
    struct buf sealed = { .limit_bytes = PARCEL_BYTES_MAX - MAC_CHARACTERS - 1 };
    int error = buf_text(&sealed, lines[way]) || message_encode(shape, message, &sealed);
    if (!error) {
        crypto_hmac_sha256(key, SECRET_BYTES, sealed.data, sealed.length, mac);
        crypto_hex(mac, sizeof(mac), hex);
        error = buf_text(ret, hex) || buf_text(ret, "\n") || buf_append(ret, sealed.data, sealed.length);
    }
    buf_free(&sealed);
    return error ? problem_set(problem, "no-memory", "", "no memory for a parcel") : 0;
}

int parcel_read(const char *text, size_t bytes, enum parcel_way way, struct parcel *ret, struct problem *problem)
{
    char hex[HEX_BYTES(SHA256_BYTES)] = "";
    struct parcel parcel;
    size_t line = strlen(lines[way]);
    if (bytes > MAC_CHARACTERS)
        memcpy(hex, text, MAC_CHARACTERS);
    if (bytes <= MAC_CHARACTERS + 1 + line || text[MAC_CHARACTERS] != '\n' ||
        crypto_unhex(hex, parcel.mac, SHA256_BYTES) || memcmp(text + MAC_CHARACTERS + 1, lines[way], line))
        return problem_set(problem, "bad-parcel", "", "not a parcel that goes this way");
    parcel.sealed = text + MAC_CHARACTERS + 1;
    parcel.sealed_bytes = bytes - MAC_CHARACTERS - 1;
    parcel.json = parcel.sealed + line;
    parcel.json_bytes = parcel.sealed_bytes - line;
    *ret = parcel;
    return 0;
}

bool parcel_authentic(const struct parcel *parcel, const uint8_t key[SECRET_BYTES])
{
    uint8_t mac[SHA256_BYTES];
    crypto_hmac_sha256(key, SECRET_BYTES, parcel->sealed, parcel->sealed_bytes, mac);
    return crypto_equal(mac, parcel->mac, sizeof(mac));
}
