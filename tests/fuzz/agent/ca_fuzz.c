/* The CA that an unknown server shows: nothing that was not hashed may pass. */
#include "tests/fuzz/fuzz.h"

#include "agent/carry/ca.h"
#include "lib/problem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char wanted[] = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    struct problem problem;
    char *text = fuzz_text(data, size);
    if (!ca_check(text, wanted, &problem))
        __builtin_trap();
    free(text);
    return 0;
}
