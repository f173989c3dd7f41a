#include "services/portal/accounts/otp.h"

#include <qrencode.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/problem.h"

void otp_make(const uint8_t key[SECRET_BYTES], uint8_t ret_wrapped[WRAPPED_BYTES])
{
    uint8_t secret[SECRET_BYTES] = { 0 }; /* 20 bytes of secret, zeros up to what key wrap takes */
    crypto_random(secret, TOTP_SECRET_BYTES);
    keywrap(key, secret, ret_wrapped);
    crypto_forget(secret, sizeof(secret));
}

int64_t otp_accept(const uint8_t key[SECRET_BYTES], const uint8_t wrapped[WRAPPED_BYTES], const char *code,
    int64_t after, int64_t now_ms)
{
    uint8_t secret[SECRET_BYTES];
    if (keyunwrap(key, wrapped, secret))
        return -1;
    int64_t step = totp_match(secret, code, now_ms / 1000);
    crypto_forget(secret, sizeof(secret));
    return step > after ? step : -1;
}

/* Percent-encode what RFC 3986 does not call unreserved. */
static void append_escaped(struct buf *out, const char *text)
{
    for (; *text; text++) {
        bool plain = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                     (*text >= '0' && *text <= '9') || strchr("-._~", *text);
        buf_format(out, plain ? "%c" : "%%%02X", (unsigned char)*text);
    }
}

int otp_show(const uint8_t key[SECRET_BYTES], const uint8_t wrapped[WRAPPED_BYTES], const char *label,
    char ret_base32[OTP_BASE32_BYTES], char ret_uri[OTP_URI_BYTES], struct problem *problem)
{
    uint8_t secret[SECRET_BYTES];
    if (keyunwrap(key, wrapped, secret))
        return problem_set(problem, "bad-key", "", "the secret was wrapped under another master key");
    crypto_base32(secret, TOTP_SECRET_BYTES, ret_base32);
    crypto_forget(secret, sizeof(secret));
    struct buf uri = { .limit_bytes = OTP_URI_BYTES - 1 };
    buf_text(&uri, "otpauth://totp/Vedette:");
    append_escaped(&uri, label);
    buf_format(&uri, "?secret=%s&issuer=Vedette", ret_base32);
    if (uri.failed) {
        buf_free(&uri);
        return problem_set(problem, "bad-user", "user", "the name is too long for an authenticator app");
    }
    memcpy(ret_uri, uri.data, uri.length + 1);
    crypto_forget(uri.data, uri.length);
    buf_free(&uri);
    return 0;
}

int otp_qr(const char *text, struct buf *out, struct problem *problem)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (!code)
        return problem_set(problem, "no-memory", "", "cannot draw the QR code");
    for (int y = 0; y < code->width; y++) {
        if (y > 0)
            buf_text(out, "/");
        for (int x = 0; x < code->width; x++)
            buf_append(out, code->data[y * code->width + x] & 1 ? "1" : "0", 1);
    }
    QRcode_free(code);
    return out->failed ? problem_set(problem, "no-memory", "", "out of memory") : 0;
}
