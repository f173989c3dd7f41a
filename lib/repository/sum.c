#include "lib/repository/sum.h"

#include <xxhash.h>
#ifdef __x86_64__
#include <xxh_x86dispatch.h> /* as wide as the processor can: 30 GB/s, three times what every x86-64 can */
#endif

uint32_t sum_of(const void *data, size_t bytes)
{
    return (uint32_t)XXH3_64bits(data, bytes);
}
