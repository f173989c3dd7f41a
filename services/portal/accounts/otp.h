/* The authenticator app's secret: made, wrapped for the database, shown once as text, URI and QR code. */
#ifndef VEDETTE_PORTAL_OTP_H
#define VEDETTE_PORTAL_OTP_H

#include "lib/crypto.h"
#include "lib/keywrap.h"
#include "lib/totp.h"

struct buf;
struct problem;

#define OTP_BASE32_BYTES 33
#define OTP_URI_BYTES 256

void otp_make(const uint8_t key[SECRET_BYTES], uint8_t ret_wrapped[WRAPPED_BYTES]);
/* The step whose code this is, later than `after`; -1 if none, or the secret cannot be unwrapped. */
int64_t otp_accept(const uint8_t key[SECRET_BYTES], const uint8_t wrapped[WRAPPED_BYTES], const char *code,
    int64_t after, int64_t now_ms);
/* label: whose, as the app shows it. */
int otp_show(const uint8_t key[SECRET_BYTES], const uint8_t wrapped[WRAPPED_BYTES], const char *label,
    char ret_base32[OTP_BASE32_BYTES], char ret_uri[OTP_URI_BYTES], struct problem *);
/* Append text as a QR code: rows of 0 and 1 separated by '/'. */
int otp_qr(const char *text, struct buf *, struct problem *);

#endif
