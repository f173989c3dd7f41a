/*
 * The checkpoint of a class that witnesses are offered to cosign. Each asks when it likes, and the log grows all the
 * time: only if all of them are shown the same tree for a while does a quorum meet on one. Pure.
 */
#ifndef VEDETTE_AUDIT_OFFER_H
#define VEDETTE_AUDIT_OFFER_H

#include "lib/tlog/cosign.h"
#include "services/audit/tiles/tiles.h"

#define OFFER_SETTLED_MS 60000 /* with a quorum: time for the others, who ask each minute at least */
#define OFFER_LASTS_MS 180000  /* without: somebody is away */
#define OFFER_AGAIN_MS 5000    /* a witness that cosigns the same tree sooner again is not written down */

struct offer {
    struct signed_checkpoint checkpoint;
    struct buf note;                            /* it, with the cosignatures so far; empty: there is no offer */
    uint32_t by;                                /* bit i: witness i of the policy */
    int64_t since_ms, taken_ms[TLOG_WITNESSES]; /* monotonic */
};

int offer_begin(struct offer *, const struct signed_checkpoint *, int64_t now_ms, struct problem *);
void offer_end(struct offer *);
/* Everybody has cosigned it, or waiting longer is of no use. */
bool offer_is_over(const struct offer *, const struct tlog_policy *, int64_t now_ms);
/* How many cosignatures make it worth keeping. */
size_t offer_quorum(const struct tlog_policy *);
bool offer_has_quorum(const struct offer *, const struct tlog_policy *);

/* Signature lines that a witness answered; *ret_by is whose. 0, 1: known already, nothing changes, -1 + problem
 * ("unknown-witness", "bad-signature"). */
int offer_take(
    struct offer *, const struct tlog_policy *, const char *lines, int64_t now_ms, uint32_t *ret_by, struct problem *);

#endif
