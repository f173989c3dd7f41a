#include "agent/backup/sort.h"

#define LOOKS 256 /* of a chunk: some 0.2 µs */

enum sort sort_of(const uint8_t *data, size_t bytes)
{
    size_t step = bytes / LOOKS ? bytes / LOOKS : 1, looks = 0, zeros = 0, high = 0, digits = 0;
    for (size_t at = 0; at < bytes && looks < LOOKS; at += step, looks++) {
        zeros += !data[at];
        high += data[at] > 127;
        digits += data[at] >= '0' && data[at] <= '9';
    }
    if (zeros * 5 > looks)
        return SORT_SPARSE;
    if (high * 4 > looks)
        return SORT_DENSE;
    return digits * 3 > looks ? SORT_NUMBERS : SORT_TEXT;
}

enum frame_sort sort_frame(enum sort sort)
{
    return sort == SORT_NUMBERS ? FRAME_DIGITS : FRAME_PIECES;
}
