/* The server's own backup: a key for each set to sign with, spools, and whose signature is good for what. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/init/init.h"
#include "lib/buf.h"
#include "lib/envelope/key.h"
#include "lib/repository/name.h"
#include "lib/repository/server_sets.h"
#include "lib/target/conf.h"

#define PATH_BYTES 192

static int keep_sign_key(const char *path, const struct owner *owner, struct problem *problem)
{
    struct buf pem = { 0 };
    if (keep_has(path))
        return 0;
    int error = envelope_key_make(ENVELOPE_KEY_P256, &pem, problem) || keep_write(path, pem.data, 0400, owner, problem);
    if (pem.data)
        crypto_forget(pem.data, pem.length);
    buf_free(&pem);
    return error ? -1 : 0;
}

/* vedette-ship takes away what it carried: so its group may write there, and what is made there is its group's. */
static int keep_spool(enum server_set set, const char *target, const struct owner *owner, struct problem *problem)
{
    char spool[PATH_BYTES], repository[PATH_BYTES], folder[PATH_BYTES];
    snprintf(spool, sizeof(spool), SERVER_COPIES "/%s/%s", server_set_words[set], target);
    snprintf(folder, sizeof(folder), "%.100s/" REPOSITORY_FORMAT, spool);
    snprintf(repository, sizeof(repository), "%.120s/%" PRIu32, folder, server_set_number(set));
    if (keep_directory(spool, 02770, owner, problem) || keep_directory(folder, 02770, owner, problem) ||
        keep_directory(repository, 02770, owner, problem))
        return -1;
    for (const char *letter = "smci"; *letter; letter++) {
        snprintf(folder, sizeof(folder), "%.150s/%c", repository, *letter);
        if (keep_directory(folder, 02770, owner, problem))
            return -1;
    }
    return 0;
}

/* Access logs are copied with the rest of the log, by the same hand. */
static enum server_set copied_with(enum server_set set)
{
    return set == SERVER_ACCESS ? SERVER_AUDIT : set;
}

static const struct owner *owner_of_set(const struct layout *layout, enum server_set set)
{
    for (int i = 0; i < FOLDER_COUNT; i++) {
        if (!strcmp(folder_names[i], server_set_words[set]))
            return &layout->owners[i];
    }
    return &layout->us;
}

static int keep_set(const struct layout *layout, enum server_set set, const struct target_confs *confs,
    struct buf *signers, struct problem *problem)
{
    const struct owner *owner = owner_of_set(layout, copied_with(set));
    struct owner shared = { owner->uid, layout->ship.gid };
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), SERVER_COPIES "/%s", server_set_words[set]);
    if (keep_directory(path, 0711, owner, problem))
        return -1;
    if (keep_sign_key(server_set_keys[set], owner, problem))
        return -1;
    struct envelope_key *key = envelope_key_load(server_set_keys[set], problem);
    int error = key ? buf_format(signers, "%s %s\n", server_set_words[set], envelope_key_fingerprint(key)) : -1;
    envelope_key_free(key);
    for (unsigned i = 0; i < confs->n && !error; i++)
        error = keep_spool(set, confs->all[i].name, &shared, problem);
    return error;
}

int init_offsite(const struct layout *layout, struct problem *problem)
{
    struct target_confs confs = { 0 };
    struct buf signers = { 0 };
    if (!*layout->settings.offsite.targets)
        return 0;
    int error = target_confs_load(layout->settings.offsite.targets, &confs, problem) ||
                keep_directory(SERVER_COPIES, 0711, &layout->us, problem) ||
                keep_directory(SERVER_COPIES "/ship", 0755, &layout->ship, problem);
    for (int set = 0; set < SERVER_SET_COUNT && !error; set++)
        error = keep_set(layout, (enum server_set)set, &confs, &signers, problem);
    error = error || keep_over(SERVER_SIGNERS, signers.data, 0644, &layout->us, problem);
    buf_free(&signers);
    target_confs_free(&confs);
    return error ? -1 : 0;
}
