/*
 * What can only age or stop things: statuses and revocations, and how the next one follows the one that is held. Pure.
 */
#ifndef VEDETTE_SIGNED_STATUS_H
#define VEDETTE_SIGNED_STATUS_H

#include "lib/signed/trust.h"

/* A clock may be behind by so much; a stolen status key ages no agent by more */
#define STATUS_AHEAD_MS INT64_C(86400000)

/* A status that was signed by the trust file's status key. held NULL: the first. "same-version", "old-version": no
 * newer than held; "not-yet": from too far in the future; and what verify.h says. */
int status_follow(const struct dsse *, const struct trust *, const struct document_status *held, int64_t now_ms,
    struct document *ret, struct problem *);
/* Does it let anything begin? trust and revocation (NULL: none) are what is held; nothing newer may have been withheld.
 * "frozen", "stale-status": there is none, it is too old, or it knows of more than is held. */
int status_allows(const struct document_status *, const struct trust *, const struct document_revocation *,
    uint32_t fresh_within_s, int64_t now_ms, struct problem *);

/* A revocation by anybody who may sign. What was revoked stays so: the next names all that the one before did.
 * "same-version", "old-version", "fork" (it lacks something), and what verify.h says. */
int revocation_follow(const struct dsse *, const struct trust *, const struct document_revocation *held,
    struct document *ret, struct problem *);
bool revocation_names(const struct document_revocation *, const struct document_head *);

#endif
