/* One set of a server: its newest backup, and what changed since. */
#ifndef VEDETTE_CLI_SERVER_RESTORE_SET_H
#define VEDETTE_CLI_SERVER_RESTORE_SET_H

#include "cli/restore/pick.h"
#include "lib/repository/server_sets.h"
#include "lib/target/conf.h"

struct restored_set {
    char backup[BACKUP_BYTES], signer[FINGERPRINT_HEX_BYTES];
    int64_t backed_up_ms, changed_ms; /* when the backup was begun; when the last change that is here was found */
    size_t increments, unused;        /* those that are there and cannot be used */
    char why[256];                    /* they cannot */
    uint64_t bytes;
};

/* Into the folder, which is open and the working directory, too. signer: whose signature counts; NULL: whose there is,
 * if there is one only. Of a backup that is damaged nothing is used: -1 + problem. */
int restore_set(const struct target_conf *, const struct envelope_key *own, enum server_set, const char *signer,
    int folder, struct restored_set *ret, struct problem *);

/* Access logs: all of their backups that the target still has, one after the other. There may be none. */
int restore_access(const struct target_conf *, const struct envelope_key *own, const char *signer, int folder,
    struct restored_set *ret, struct problem *);

#endif
