/*
 * The trust file and the revocation that are in force, as the scheduler has them, followed from version to version.
 * They keep orders from being given by a plan that no agent would take.
 */
#ifndef BACKUP_TRUSTED_H
#define BACKUP_TRUSTED_H

#include "lib/exchange/own_trust.h"
#include "lib/records.h"
#include "lib/signed/successors.h"
#include "lib/signed/verify.h"

struct trusted {
    struct own_trust own; /* without a trust file nothing is ordered */
    struct successors successors;
};

int trusted_open(struct trusted *, struct records *, struct problem *);
/* Of the trust file that is held; 0: none is. And of the revocation. */
uint32_t trusted_version(const struct trusted *);
uint32_t trusted_revocation(const struct trusted *);

/* One that follows what is held, and is stored. -1 + problem; "same-version" is none. */
int trusted_follow(struct trusted *, struct records *, const char *dsse, struct problem *);
int trusted_revoke(struct trusted *, struct records *, const char *dsse, struct problem *);
/* A document of that kind that enough people signed, and nobody revoked. *ret is document_free's. */
int trusted_document(
    const struct trusted *, enum document_kind, const char *dsse, struct document *ret, struct problem *);

#endif
