/* Time-based one-time passwords (RFC 6238: SHA-1, 30 s, 6 digits). */
#ifndef VEDETTE_TOTP_H
#define VEDETTE_TOTP_H

#include <stddef.h>
#include <stdint.h>

#define TOTP_SECRET_BYTES 20
#define TOTP_STEP_S 30

/* The step whose password code is, looking one step to either side of now_s; -1 if none. The caller must refuse a step
 * not greater than the last one it accepted, or the same code would be good twice. */
int64_t totp_match(const uint8_t secret[TOTP_SECRET_BYTES], const char *code, int64_t now_s);

#endif
