/* Keys of envelopes: a pair to sign with and a pair to be written to, of each service that writes to agents. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/init.h"
#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/envelope_key.h"

#define PUBLIC_TABLE "services.keys"

/* The key in a file, made if there is none. NULL + problem. */
static struct envelope_key *keep_key(const char *path, const struct owner *owner, struct problem *problem)
{
    struct buf made = { 0 };
    if (!keep_has(path)) {
        int error = envelope_key_make(ENVELOPE_KEY_P256, &made, problem) ||
                    keep_write(path, made.data, 0400, owner, problem);
        if (made.data)
            crypto_forget(made.data, made.length);
        buf_free(&made);
        if (error)
            return NULL;
    }
    return envelope_key_load(path, problem);
}

static int add_service(enum folder folder, const struct layout *layout, struct buf *table, struct problem *problem)
{
    char path[32];
    snprintf(path, sizeof(path), "%s/sign.pem", folder_names[folder]);
    struct envelope_key *sign = keep_key(path, &layout->owners[folder], problem);
    snprintf(path, sizeof(path), "%s/seal.pem", folder_names[folder]);
    struct envelope_key *seal = sign ? keep_key(path, &layout->owners[folder], problem) : NULL;
    int error = !seal || buf_format(table, "%s %s %s\n", folder_names[folder], envelope_key_spki(sign),
                             envelope_key_spki(seal));
    envelope_key_free(sign);
    envelope_key_free(seal);
    return error ? -1 : 0;
}

int init_envelope_keys(const struct layout *layout, struct problem *problem)
{
    struct buf table = { 0 };
    int error = add_service(FOLDER_SCHEDULER, layout, &table, problem) ||
                add_service(FOLDER_BACKUP, layout, &table, problem) ||
                keep_over(PUBLIC_TABLE, table.data, 0644, &layout->us, problem);
    buf_free(&table);
    return error ? -1 : 0;
}
