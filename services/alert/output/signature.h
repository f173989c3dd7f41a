/* Standard Webhooks 1.0: the key as people see it, and the signature. Pure. */
#ifndef ALERT_OUTPUT_SIGNATURE_H
#define ALERT_OUTPUT_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/crypto.h"

#define WHSEC_BYTES 51     /* "whsec_", 44 of base64, and NUL */
#define SIGNATURE_BYTES 48 /* "v1,", 44 of base64, and NUL */

void signature_secret(const uint8_t secret[SECRET_BYTES], char ret[WHSEC_BYTES]);
/* Over id.timestamp.body; id has no full stop. -1: no memory. */
int signature_make(const uint8_t secret[SECRET_BYTES], const char *id, int64_t timestamp_s, const void *body,
    size_t bytes, char ret[SIGNATURE_BYTES]);

#endif
