/*
 * What can only age or stop things: statuses and revocations, and how the next one follows the one that is held. Pure.
 */
#ifndef VEDETTE_SIGNED_STATUS_H
#define VEDETTE_SIGNED_STATUS_H

#include "lib/signed/verify.h"

/* A status may be so far ahead of the machine's own clock, which may be behind; a stolen status key ages no agent by more */
#define STATUS_AHEAD_MS INT64_C(86400000)

/* A status that was signed by the trust file's status key. held NULL: the first. clock_ms: the machine's own, and no floor
 * of time, which each status would lift a day further. "same-version", "old-version": no newer than held; "not-yet":
 * from too far in the future; "bad-document": its version is above its time in seconds, so that none of its time could
 * follow; and what verify.h says. */
int status_follow(const struct dsse *, const struct trust *, struct trust_revoked, const struct document_status *held,
    int64_t clock_ms, struct document *ret, struct problem *);
/* Is one that was followed still by the status key? One by a key that was rotated out or revoked lets nothing begin, and
 * is no floor of versions: what a thief signed with it is undone by taking the key away (TUF 5.3.11, fast-forward). */
bool status_counts(const char *text, const struct trust *, struct trust_revoked);
/* Does it let anything begin? trust and revoked are what is held; nothing newer may have been withheld. "frozen",
 * "stale-status": there is none, it is too old, or it knows of more than is held. */
int status_allows(const struct document_status *, const struct trust *, struct trust_revoked, uint32_t fresh_within_s,
    int64_t now_ms, struct problem *);

/* A revocation by anybody who may sign. What was revoked stays so: the next names all that the one before did.
 * "same-version", "old-version", "fork" (it lacks something), and what verify.h says. */
int revocation_follow(
    const struct dsse *, const struct trust *, struct trust_revoked held, struct document *ret, struct problem *);
bool revocation_names(struct trust_revoked, const struct document_head *);

#endif
