/* Who backs up: the agent and its key, its key of chunk ids, and for whom everything is sealed. */
#ifndef VEDETTE_AGENT_BACKUP_IDENTITY_H
#define VEDETTE_AGENT_BACKUP_IDENTITY_H

#include "agent/backup/options.h"
#include "lib/crypto.h"
#include "lib/envelope/bulk.h"
#include "lib/target/conf.h"

struct backup_identity {
    uint32_t agent;
    struct envelope_key *sign;
    uint8_t chunk_key[SECRET_BYTES];
    size_t n_recipients;
    struct envelope_key *recipients[BULK_RECIPIENTS_MAX];
};

/* Afterwards the current folder is the home. */
int identity_open(
    const struct backup_options *, const struct target_conf *, struct backup_identity *ret, struct problem *);
void identity_close(struct backup_identity *); /* harmless a second time */

#endif
