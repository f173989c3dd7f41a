/* Fletcher's sum over 32-bit words: finds what a torn write left. Against people it protects nothing. */
#ifndef INGEST_CHECKSUM_H
#define INGEST_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct checksum {
    uint64_t a, b;
};

#define CHECKSUM_BEGIN ((struct checksum){ 1, 0 }) /* so that zeros do not sum up to zeros */

/* bytes: a multiple of 4. */
static inline struct checksum checksum_add(struct checksum sum, const void *data, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += sizeof(uint32_t)) {
        uint32_t word;
        memcpy(&word, (const char *)data + at, sizeof(word));
        sum.a += word;
        sum.b += sum.a;
    }
    return sum;
}

static inline int checksum_same(struct checksum one, struct checksum other)
{
    return one.a == other.a && one.b == other.b;
}

#endif
