/*
 * Whether a repository is whole, without a key: every commit is signed and makes sense, and every object that one of
 * them names is there and has the hash that it is named by. Objects are read once, however many backups need them, in
 * the order of their hashes: so a check that is broken off goes on from a hash, whatever came or went meanwhile.
 */
#ifndef VEDETTE_CLI_RESTORE_CHECK_H
#define VEDETTE_CLI_RESTORE_CHECK_H

#include "cli/restore/needed.h"
#include "lib/target/conf.h"

struct checked {
    uint64_t backups;                   /* whose commits are good */
    uint64_t objects, bytes;            /* that were read now, and are whole */
    uint64_t bad;                       /* commits and objects that are not; each was told */
    uint64_t unfollowed;                /* backups whose previous commit is not here: pruned, or removed */
    char signer[FINGERPRINT_HEX_BYTES]; /* of the first good commit */
    char newest[BACKUP_BYTES];          /* "": there is none */
    int64_t newest_ms;                  /* when that one ended */
    bool to_the_end;                    /* nothing is left to read */
    uint8_t next[SHA256_BYTES];         /* all before it has been read */
};

/* Callbacks come from several threads, one at a time. */
struct check_job {
    const struct target_conf *conf;
    uint32_t agent;
    bool (*trusts)(void *arg, const char *signer); /* NULL: whoever signed the first commit that is read */
    void (*tell)(void *arg, const char *name, const struct problem *); /* what is wrong with which object */
    bool (*again)(void *arg, const char *name);      /* an object before `from` is to be read, too; NULL: none is */
    void (*come)(void *arg, const struct checked *); /* every few seconds: how far it is; NULL: nobody asks */
    void *arg;
    uint8_t from[SHA256_BYTES]; /* zeros: all */
    int64_t until_ms;           /* monotonic; then no further object is begun; 0: to the end */
};

/* -1 + problem: the target cannot be asked. */
int check_repository(const struct check_job *, struct checked *ret, struct problem *);

#endif
