#include "lib/repository/chunker.h"

#include <pthread.h>

#define AVERAGE_MAX (4u << 20)
#define NORMAL_BITS 2 /* how much less and more likely; from the paper */
#define LEAST_PART 2  /* of the average: nobody looks for a cut before, so a quarter less is hashed than with 4 */

static uint64_t gear[256];

/* Any 256 numbers will do; these are of the generator splitmix64 from 1 on. */
static void fill(void)
{
    uint64_t state = 1;
    for (int i = 0; i < 256; i++) {
        uint64_t z = (state += 0x9e3779b97f4a7c15);
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        gear[i] = z ^ z >> 31;
    }
}

/* The upper bits depend on the last 64 bytes. */
static uint64_t mask(unsigned bits)
{
    return ~UINT64_C(0) << (64 - bits);
}

struct chunker chunker_for(uint64_t file_bytes)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    unsigned bits = 16; /* 64 KiB */
    pthread_once(&once, fill);
    while ((UINT64_C(1) << bits) < AVERAGE_MAX && (UINT64_C(1) << (bits + 1)) <= file_bytes / 4096)
        bits++;
    size_t average = (size_t)1 << bits;
    return (struct chunker){ average / LEAST_PART, average, average * 2, mask(bits + NORMAL_BITS),
        mask(bits - NORMAL_BITS) };
}

static size_t seek(const uint8_t *data, size_t from, size_t to, uint64_t wanted, uint64_t *hash)
{
    uint64_t value = *hash;
#pragma GCC unroll 4 /* a quarter faster */
    for (size_t i = from; i < to; i++) {
        value = (value << 1) + gear[data[i]];
        if (!(value & wanted))
            return i + 1;
    }
    *hash = value;
    return 0;
}

size_t chunker_cut(const struct chunker *chunker, const uint8_t *data, size_t bytes)
{
    uint64_t hash = 0;
    if (bytes <= chunker->least)
        return bytes;
    size_t most = bytes < chunker->most ? bytes : chunker->most;
    size_t middle = most < chunker->average ? most : chunker->average;
    size_t cut = seek(data, chunker->least, middle, chunker->mask_before, &hash);
    if (!cut)
        cut = seek(data, middle, most, chunker->mask_behind, &hash);
    return cut ? cut : most;
}
