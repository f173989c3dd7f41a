/* An envelope as messages have it: base64 of at most ENVELOPE_BYTES_MAX. */
#ifndef INGEST_MAILBOX_BASE64_H
#define INGEST_MAILBOX_BASE64_H

#include <stddef.h>
#include <stdint.h>

struct problem;

/* The caller's to free. */
int envelope_decode(const char *text, uint8_t **ret, size_t *ret_bytes, struct problem *);
/* NULL: no memory. */
char *envelope_encode(const void *envelope, size_t bytes);

#endif
