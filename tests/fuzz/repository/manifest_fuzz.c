/* Any text as a manifest's: what is taken has its limits. */
#include <stdlib.h>
#include <string.h>

#include "lib/repository/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct commit commit = { .deployment = "0123456789abcdef0123456789abcdef",
        .agent = 7,
        .backup = "00112233445566778899aabbccddeeff" };
    struct manifest manifest;
    if (manifest_parse((const char *)data, size, &commit, &manifest, NULL))
        return 0;
    if (strlen(manifest.hostname) >= HOSTNAME_BYTES)
        abort();
    for (size_t i = 0; i < manifest.n_unread; i++) {
        if (!manifest.unread[i])
            abort();
    }
    manifest_free(&manifest);
    return 0;
}
