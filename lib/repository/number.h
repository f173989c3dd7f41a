/* Numbers as trees have them: LEB128, in the shortest form only. */
#ifndef VEDETTE_REPOSITORY_NUMBER_H
#define VEDETTE_REPOSITORY_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#define NUMBER_BYTES_MAX 10

static inline size_t number_write(uint8_t *to, uint64_t value)
{
    size_t n = 0;
    for (; value >= 0x80; value >>= 7)
        to[n++] = (uint8_t)(value | 0x80);
    to[n++] = (uint8_t)value;
    return n;
}

/* *at moves behind it. -1: cut off, too large, or longer than it need be. */
static inline int number_read(const uint8_t **at, const uint8_t *end, uint64_t *ret)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
        uint8_t byte = *(*at)++;
        if (shift == 63 && byte > 1)
            return -1;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            *ret = value;
            return byte || !shift ? 0 : -1;
        }
    }
    return -1;
}

static inline uint64_t number_fold(int64_t value)
{
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

static inline int64_t number_unfold(uint64_t value)
{
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

#endif
