/* What carriers must have room for; apart from envelope.h, for programs without OpenSSL. */
#ifndef VEDETTE_ENVELOPE_LIMITS_H
#define VEDETTE_ENVELOPE_LIMITS_H

#define ENVELOPE_BYTES_MAX 524288 /* in base64 it still fits into one message of the bus */

#endif
