/*
 * The structure around a sealed content, in DER with definite lengths:
 *
 *     SEQUENCE { OID, [0] { SEQUENCE { version, recipients, SEQUENCE { type, algorithm, [0] CONTENT }, TAG } } }
 *
 * Only lib/envelope/ includes this.
 */
#ifndef VEDETTE_ENVELOPE_BULK_DER_H
#define VEDETTE_ENVELOPE_BULK_DER_H

#include <stddef.h>
#include <stdint.h>

struct buf;

#define BULK_TAG_BYTES 16
#define BULK_OCTETS 0x04

struct bulk_span {
    const uint8_t *at;
    size_t bytes;
};

/* What stands there besides lengths; all borrowed. */
struct bulk_around {
    struct bulk_span name, recipients, algorithm; /* recipients with the version before, algorithm with the type */
};

/* Append the head before a content of that size. */
int bulk_compose(const struct bulk_around *, size_t bytes, struct buf *ret);
/* Take an object apart: the head's parts, the content, and the tag. -1: it is none. */
int bulk_dissect(const void *object, size_t bytes, struct bulk_around *ret, struct bulk_span *ret_content,
    struct bulk_span *ret_tag);
/* Of one of which only the beginning is here: version and recipients. */
int bulk_dissect_head(const void *head, size_t bytes, struct bulk_span *ret_recipients);
/* Version and recipients, and nothing else. */
int bulk_check_recipients(const struct bulk_span *);

#endif
