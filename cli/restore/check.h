/*
 * Whether a repository is whole, without a key: every commit is signed and makes sense, and every object that one of
 * them names is there and has the hash that it is named by. Objects are read once, however many backups need them.
 */
#ifndef VEDETTE_CLI_RESTORE_CHECK_H
#define VEDETTE_CLI_RESTORE_CHECK_H

#include "cli/restore/pick.h"
#include "lib/target/conf.h"

struct checked {
    uint64_t backups, objects, bytes;   /* that are whole */
    uint64_t bad;                       /* commits and objects that are not; each was told */
    uint64_t unfollowed;                /* backups whose previous commit is not here: pruned, or removed */
    char signer[FINGERPRINT_HEX_BYTES]; /* of all good commits */
};

/* tell: what is wrong with which object; from several threads, one at a time. signer: NULL: the one of the first commit
 * is taken for the agent's. -1 + problem: the target cannot be asked. */
int check_repository(const struct target_conf *, uint32_t agent, const char *signer,
    void (*tell)(const char *name, const struct problem *), struct checked *ret, struct problem *);

#endif
