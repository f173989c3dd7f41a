/*
 * The trust file that is in force here, the chain that led to it, and the newest revocation: so that what no agent
 * would take is refused at once, with its reason.
 */
#ifndef SCHEDULER_TRUSTED_H
#define SCHEDULER_TRUSTED_H

#include "lib/exchange/own_trust.h"
#include "lib/signed/verify.h"

struct problem;
struct scheduler;

struct trusted {
    struct own_trust own; /* without a trust file nothing can be signed */
    uint32_t kept;        /* up to this version ingest has the chain */
    bool keeping;
};

/* From scheduler.db. */
int trusted_open(struct scheduler *, struct problem *);
/* If a document is a trust file, the key that it names for us, by its fingerprint; else "". */
void trusted_named_by(const char *dsse, char ret[FINGERPRINT_HEX_BYTES]);

/* The signatures of a document; as verify_signers. "no-trust": there is no trust file. */
int trusted_verify(const struct trusted *, const struct dsse *, struct signers *ret, struct problem *);
/* Who of the trust file signed, and who may and has not, separated by ", ". */
void trusted_names(const struct trusted *, const struct signers *, char *ret_signers, size_t signers_room,
    char *ret_may_sign, size_t may_sign_room);

/* A trust file: the first one, or the one that follows the newest; it is stored. */
int trusted_follow(struct scheduler *, const char *text, struct problem *);
/* A revocation that was verified is in force. */
void trusted_revoke(struct scheduler *, const char *text);
/* Give ingest what it does not have of the chain. */
void trusted_keep(struct scheduler *);

#endif
