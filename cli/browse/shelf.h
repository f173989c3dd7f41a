/*
 * All backups of one machine on one target, the newest first: their commits, read at once; and their trees, which a
 * thread of the shelf's own reads one after another into one tree of versions, so that the newest is there after a
 * moment.
 */
#ifndef VEDETTE_CLI_BROWSE_SHELF_H
#define VEDETTE_CLI_BROWSE_SHELF_H

#include <pthread.h>
#include <stdatomic.h>

#include "cli/browse/versions.h"
#include "cli/restore/pick.h"
#include "lib/repository/manifest.h"
#include "lib/target/conf.h"

enum shelved_state {
    SHELVED_WAITING,
    SHELVED_READ,
    SHELVED_FAILED, /* and why says why */
};

struct shelved {
    struct commit commit; /* without its segments */
    char commit_sha256[HEX_BYTES(SHA256_BYTES)];
    enum shelved_state state;
    unsigned index; /* of its tree in the versions, once it was read */
    char why[200];
};

struct shelf {
    const struct target_conf *conf; /* borrowed, as is the key */
    const struct envelope_key *key;
    uint32_t agent;
    char signer[FINGERPRINT_HEX_BYTES]; /* of all of them */
    char passed_over[200];              /* of commits that are left out, the first; "": there are none */
    size_t n, n_passed_over;
    struct shelved *all;

    pthread_mutex_t lock; /* of all below, and of state, index and why above */
    struct versions versions;
    char hostname[HOSTNAME_BYTES]; /* as the newest that was read has it */
    size_t n_looked_at;            /* trees that were read, or could not be */

    pthread_t thread;
    bool has_thread;
    atomic_bool stop;
};

/* Read the commits. signer: whose count; NULL: there must be no others. -1 + problem. *ret is shelf_close's anyway. */
int shelf_open(const struct target_conf *, const struct envelope_key *, uint32_t agent, const char *signer,
    struct shelf *ret, struct problem *);
void shelf_close(struct shelf *);

/* Read the trees, in this thread or in its own. */
void shelf_read(struct shelf *);
int shelf_start(struct shelf *, struct problem *);

#endif
