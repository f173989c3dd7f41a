/*
 * The trust file and the revocation that are in force, as a service holds them that writes to agents. No agent believes
 * this copy: it says which deployment this is, and which of our keys people named.
 */
#ifndef VEDETTE_EXCHANGE_OWN_TRUST_H
#define VEDETTE_EXCHANGE_OWN_TRUST_H

#include "lib/envelope/key.h"
#include "lib/signed/trust.h"

struct own_trust {
    enum addressee us;
    struct trust *newest;                 /* NULL: none yet */
    char sign_key[FINGERPRINT_HEX_BYTES]; /* that it names for us; "": none */
    struct document revocation;           /* json NULL: none */
};

/* What was stored; NULL: nothing was. -1 + problem; to be closed in any case. */
int own_trust_open(struct own_trust *, enum addressee us, const char *trust, const char *revocation, struct problem *);
void own_trust_close(struct own_trust *);

/* NULL: there is no trust file yet. */
const char *own_trust_deployment(const struct own_trust *);
/* Our pair, as people named it; NULL: they named none. */
const struct document_sealing *own_trust_sealing(const struct own_trust *);
struct trust_revoked own_trust_revoked(const struct own_trust *);

/* A trust file: the first one, or the one that follows the newest. */
int own_trust_follow(struct own_trust *, const char *dsse, struct problem *);
/* A revocation that was verified; taken over. */
void own_trust_revoke(struct own_trust *, const struct document *);

#endif
