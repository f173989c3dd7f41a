#include <stdio.h>
#include <string.h>

#include "cli/init.h"
#include "lib/buf.h"
#include "lib/envelope_key.h"

/* Kept where it is there: agents know it from the trust file, and a rotation of that replaces it. */
static int keep_pair(enum folder folder, const char *name, const struct layout *layout, struct problem *problem)
{
    char path[32];
    struct buf pem = { 0 };
    snprintf(path, sizeof(path), "%s/%s", folder_names[folder], name);
    if (keep_has(path))
        return 0;
    int error = envelope_key_make(ENVELOPE_KEY_P256, &pem, problem) ||
                keep_write(path, pem.data, 0400, &layout->owners[folder], problem);
    if (pem.data)
        crypto_forget(pem.data, pem.length);
    buf_free(&pem);
    return error;
}

int init_envelope_keys(const struct layout *layout, struct problem *problem)
{
    static const enum folder folders[] = { FOLDER_SCHEDULER, FOLDER_BACKUP };
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        if (keep_pair(folders[i], ENVELOPE_SIGN_KEY, layout, problem) ||
            keep_pair(folders[i], ENVELOPE_SEAL_KEY, layout, problem))
            return -1;
    }
    return 0;
}
