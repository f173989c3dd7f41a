#include "cli/init/init.h"
#include "lib/buf.h"
#include "lib/envelope/key.h"

int init_envelope_key(const char *path, const struct owner *owner, struct problem *problem)
{
    struct buf pem = { 0 };
    if (keep_has(path))
        return 0;
    int error = envelope_key_make(ENVELOPE_KEY_P256, &pem, problem) || keep_write(path, pem.data, 0400, owner, problem)
                    ? -1
                    : 0;
    if (pem.data)
        crypto_forget(pem.data, pem.length);
    buf_free(&pem);
    return error;
}

int init_envelope_keys(const struct layout *layout, struct problem *problem)
{
    static const struct {
        enum folder folder;
        const char *path;
    } keys[] = { { FOLDER_SCHEDULER, "scheduler/" ENVELOPE_SIGN_KEY },
        { FOLDER_SCHEDULER, "scheduler/" ENVELOPE_SEAL_KEY }, { FOLDER_BACKUP, "backup/" ENVELOPE_SIGN_KEY },
        { FOLDER_BACKUP, "backup/" ENVELOPE_SEAL_KEY } };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (init_envelope_key(keys[i].path, &layout->owners[keys[i].folder], problem))
            return -1;
    }
    return 0;
}
