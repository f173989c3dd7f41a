/*
 * Hashes as repositories write them: lower-case hexadecimal digits, two a byte. A catalogue of 1 TiB has a million, and
 * nothing of them is secret, so they are read faster than crypto_unhex reads.
 */
#ifndef VEDETTE_REPOSITORY_DIGITS_H
#define VEDETTE_REPOSITORY_DIGITS_H

#include <stddef.h>
#include <stdint.h>

/* The value and one more; 0: no digit. */
static inline unsigned digits_one(char digit)
{
    static const uint8_t values[256] = { ['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7,
        ['7'] = 8, ['8'] = 9, ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16 };
    return values[(uint8_t)digit];
}

/* The first 2*bytes characters; reads no further than the first that is no digit, as a NUL is none. -1: there is one. */
static inline int digits_read(const char *text, uint8_t *ret, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        unsigned high = digits_one(text[2 * i]), low = high ? digits_one(text[2 * i + 1]) : 0;
        if (!low)
            return -1;
        ret[i] = (uint8_t)((high - 1) << 4 | (low - 1));
    }
    return 0;
}

#endif
