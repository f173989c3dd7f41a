/*
 * What stands in an agent's repository if its commits are to be believed: every commit that can be read and is signed
 * by whom it should be, and every segment and manifest that one of them names, each once.
 */
#ifndef VEDETTE_CLI_RESTORE_NEEDED_H
#define VEDETTE_CLI_RESTORE_NEEDED_H

#include "cli/restore/pick.h"

struct needed_object {
    uint8_t sha256[SHA256_BYTES];
    uint32_t bytes;
    enum object object;        /* a segment, or a manifest */
    char backup[BACKUP_BYTES]; /* of a manifest */
};

struct needed {
    size_t n, room;
    struct needed_object *all;          /* by hash */
    uint64_t backups;                   /* whose commits are good */
    uint64_t unfollowed;                /* of them those whose previous commit is not here: pruned, or removed */
    char newest[BACKUP_BYTES];          /* "": there is none */
    int64_t newest_ms;                  /* when that one ended */
    char signer[FINGERPRINT_HEX_BYTES]; /* of the first */
};
void needed_free(struct needed *);

struct needed_reader {
    uint32_t agent;
    int64_t latest_ms;                             /* one that ended later is wrong, and none is the newest by that */
    bool (*trusts)(void *arg, const char *signer); /* NULL: whoever signed the first commit that is read */
    void (*tell)(void *arg, const char *name, const struct problem *); /* what is wrong with which commit */
    void *arg;
};
/* -1 + problem: the target cannot be asked. */
int needed_read(struct target *, const struct needed_reader *, struct needed *ret, struct problem *);

void needed_name(const struct needed_object *, uint32_t agent, char ret[OBJECT_NAME_BYTES]);
/* By hash. */
const struct needed_object *needed_find(const struct needed *, const uint8_t sha256[SHA256_BYTES]);
/* The first whose hash is not before it; n: there is none. */
size_t needed_from(const struct needed *, const uint8_t sha256[SHA256_BYTES]);

/* Whether it is the object that cannot be had, and not the target. */
bool needed_is_lost(enum target_result, const struct problem *why);

#endif
