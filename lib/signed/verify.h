/* Signatures of a document, and whether enough people gave them. People count, not keys, and a key is one person's. */
#ifndef VEDETTE_SIGNED_VERIFY_H
#define VEDETTE_SIGNED_VERIFY_H

#include "lib/signed/trust.h"

struct signers {
    uint64_t people; /* bit i: people[i] of the trust file */
    unsigned count, threshold;
};

/* By one key of the trust file: does the signature hold? -1 + "bad-signature". */
int verify_one(const struct trust_key *, const struct dsse *, const struct dsse_signature *, struct problem *);

/* As the kind of the document wants it (documents.def). Signatures of keys that are not in the trust file, or were
 * revoked, count for nothing; one that says a key it knows and does not hold spoils all.
 * "bad-signature", "unknown-kind" (nobody may sign it), "too-few-signers", upon which *ret is set, too. */
int verify_signers(
    const struct dsse *, const struct trust *, struct trust_revoked, struct signers *ret, struct problem *);

/* Their names, separated by ", ". */
void signers_text(const struct signers *, const struct trust *, char *ret, size_t room);

#endif
