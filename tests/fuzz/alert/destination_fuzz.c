/* Any text as a destination: what is taken is a host and a port that are safe to hand on. */
#include "tests/fuzz/fuzz.h"

#include "services/alert/output/destination.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    char *text = malloc(size);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    struct destination found;
    if (!destination_parse(data[0] & 1 ? OUTPUT_KIND_WEBHOOK : OUTPUT_KIND_SYSLOG, text, &found, NULL)) {
        unsigned long port = strtoul(found.port, NULL, 10);
        if (!found.host[0] || strpbrk(found.host, "@/ \\#?[]\"") || port < 1 || port > 65535)
            abort();
    }
    free(text);
    return 0;
}
