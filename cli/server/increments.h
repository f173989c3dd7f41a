/* The increments of one backup, as a target lists them. */
#ifndef VEDETTE_CLI_SERVER_INCREMENTS_H
#define VEDETTE_CLI_SERVER_INCREMENTS_H

#include "lib/repository/increment.h"
#include "lib/target/target.h"

struct increment_name {
    uint32_t number;
    char name[OBJECT_NAME_BYTES];
};

struct increments {
    struct target *target; /* borrowed, as are these */
    const struct envelope_key *own;
    const char *signer;
    uint32_t agent;
    const char *backup;
    size_t n;
    struct increment_name *all; /* by number */
    struct buf object;
};

/* The caller has set what is borrowed. -1 + problem: the target cannot be asked. */
int increments_list(struct increments *, struct problem *);
void increments_free(struct increments *);

/* Of one that follows: fetched, decrypted, its signature and place in the chain checked. previous: the hash of what
 * came before it, afterwards its own. -1 + problem. */
int increments_read(struct increments *, size_t index, uint8_t previous[SHA256_BYTES], struct increment *ret,
    struct buf *ret_changes, struct problem *);

/* How many from the first on stand in an unbroken chain, and make whole what they change; *ret_why says why no more do,
 * "" if there are none. *ret_last is the last of them, if there is any. */
void increments_check(struct increments *, const uint8_t commit[SHA256_BYTES], size_t *ret_n,
    struct increment *ret_last, char ret_why[256]);

#endif
