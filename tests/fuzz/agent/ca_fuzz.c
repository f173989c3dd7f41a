/* The CA that an unknown server shows: nothing that was not hashed may pass. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/carry/ca.h"
#include "lib/problem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char wanted[] = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    struct problem problem;
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (!ca_check(text, wanted, &problem))
        __builtin_trap();
    free(text);
    return 0;
}
