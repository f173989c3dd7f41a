/* Any bytes as the file of carriers. */
#include "tests/fuzz/fuzz.h"

#include "agent/carry/carriers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct carriers carriers;
    if (!carriers_parse((const char *)data, size, &carriers, NULL) && (!carriers.n || carriers.n > CARRIERS_MAX))
        abort();
    return 0;
}
