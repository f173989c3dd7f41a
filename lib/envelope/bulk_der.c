#include "lib/envelope/bulk_der.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/envelope/bulk.h"

#define EXPLICIT_0 0xa0
#define IMPLICIT_0 0x80
#define INTEGER 0x02
#define OID 0x06
#define SEQUENCE 0x30
#define SET 0x31
#define HEADER_BYTES_MAX 6 /* a tag, and a length of up to four bytes */

static size_t put_header(uint8_t *to, uint8_t tag, size_t length)
{
    unsigned n = length < 128 ? 0 : length < 256 ? 1 : length < 65536 ? 2 : length < 1u << 24 ? 3 : 4;
    to[0] = tag;
    to[1] = n ? (uint8_t)(0x80 | n) : (uint8_t)length;
    for (unsigned i = 0; i < n; i++)
        to[2 + i] = (uint8_t)(length >> 8 * (n - 1 - i));
    return 2 + n;
}

int bulk_compose(const struct bulk_around *around, size_t bytes, struct buf *ret)
{
    const struct {
        uint8_t tag;
        const struct bulk_span *after; /* the header */
    } layers[] = { { SEQUENCE, &around->name }, { EXPLICIT_0, NULL }, { SEQUENCE, &around->recipients },
        { SEQUENCE, &around->algorithm }, { IMPLICIT_0, NULL } };
    enum { LAYERS = sizeof(layers) / sizeof(layers[0]) };
    uint8_t headers[LAYERS][HEADER_BYTES_MAX];
    size_t lengths[LAYERS], inner = bytes;
    for (int i = LAYERS - 1; i >= 0; i--) {
        inner += layers[i].after ? layers[i].after->bytes : 0;
        if (i == 2) /* the tag follows within this one */
            inner += BULK_TAIL_BYTES;
        lengths[i] = put_header(headers[i], layers[i].tag, inner);
        inner += lengths[i];
    }
    for (int i = 0; i < LAYERS; i++) {
        if (buf_append(ret, headers[i], lengths[i]) ||
            (layers[i].after && buf_append(ret, layers[i].after->at, layers[i].after->bytes)))
            return -1;
    }
    return 0;
}

/* Length of an element's header, and what it says of its content. Only the shortest form of a definite length is taken. */
static int read_header(const struct bulk_span *left, uint8_t tag, size_t *ret_header, size_t *ret_length)
{
    uint8_t again[HEADER_BYTES_MAX];
    size_t length = 0, header = 2;
    if (left->bytes < 2 || left->at[0] != tag)
        return -1;
    if (left->at[1] < 0x80) {
        length = left->at[1];
    } else {
        header += left->at[1] & 0x7f;
        if (header > HEADER_BYTES_MAX || left->bytes < header)
            return -1;
        for (size_t i = 2; i < header; i++)
            length = length << 8 | left->at[i];
    }
    if (put_header(again, tag, length) != header || memcmp(again, left->at, header))
        return -1;
    *ret_header = header;
    *ret_length = length;
    return 0;
}

/* Step over the next element; *ret is what is in it. */
static int enter(struct bulk_span *left, uint8_t tag, struct bulk_span *ret)
{
    size_t header, length;
    if (read_header(left, tag, &header, &length) || length > left->bytes - header)
        return -1;
    *ret = (struct bulk_span){ left->at + header, length };
    left->at += header + length;
    left->bytes -= header + length;
    return 0;
}

/* Step into the next element, whose end may not be here. */
static int descend(struct bulk_span *left, uint8_t tag)
{
    size_t header, length;
    if (read_header(left, tag, &header, &length))
        return -1;
    left->at += header;
    left->bytes -= header;
    if (length < left->bytes)
        left->bytes = length;
    return 0;
}

int bulk_dissect(
    const void *object, size_t bytes, struct bulk_around *ret, struct bulk_span *ret_content, struct bulk_span *ret_tag)
{
    struct bulk_span left = { object, bytes }, outer, explicit, inner, version, recipients, encrypted, skipped;
    if (enter(&left, SEQUENCE, &outer) || left.bytes)
        return -1;
    ret->name.at = outer.at;
    if (enter(&outer, OID, &skipped) || enter(&outer, EXPLICIT_0, &explicit) || outer.bytes ||
        enter(&explicit, SEQUENCE, &inner) || explicit.bytes)
        return -1;
    ret->name.bytes = (size_t)(skipped.at + skipped.bytes - ret->name.at);
    ret->recipients.at = inner.at;
    if (enter(&inner, INTEGER, &version) || enter(&inner, SET, &recipients))
        return -1;
    ret->recipients.bytes = (size_t)(inner.at - ret->recipients.at);
    if (enter(&inner, SEQUENCE, &encrypted) || enter(&inner, BULK_OCTETS, ret_tag) || inner.bytes ||
        ret_tag->bytes != BULK_TAG_BYTES)
        return -1;
    ret->algorithm.at = encrypted.at;
    if (enter(&encrypted, OID, &skipped) || enter(&encrypted, SEQUENCE, &skipped))
        return -1;
    ret->algorithm.bytes = (size_t)(encrypted.at - ret->algorithm.at);
    return enter(&encrypted, IMPLICIT_0, ret_content) || encrypted.bytes ? -1 : 0;
}

int bulk_dissect_head(const void *head, size_t bytes, struct bulk_span *ret_recipients)
{
    struct bulk_span left = { head, bytes }, version, recipients, skipped;
    if (descend(&left, SEQUENCE) || enter(&left, OID, &skipped) || descend(&left, EXPLICIT_0) ||
        descend(&left, SEQUENCE))
        return -1;
    const uint8_t *from = left.at;
    if (enter(&left, INTEGER, &version) || enter(&left, SET, &recipients))
        return -1;
    *ret_recipients = (struct bulk_span){ from, (size_t)(left.at - from) };
    return 0;
}

int bulk_check_recipients(const struct bulk_span *recipients)
{
    struct bulk_span left = *recipients, version, all;
    return enter(&left, INTEGER, &version) || enter(&left, SET, &all) || left.bytes ? -1 : 0;
}
