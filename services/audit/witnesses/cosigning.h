/*
 * Witnesses of the log: beside each `checkpoint` stands `checkpoint.offered`, which all of them are asked to cosign,
 * and `checkpoint.cosigned`, the newest that a quorum did. `checkpoint` itself stays the newest that we signed: whoever
 * follows the log, witnesses first of all, must see what is newest, and could never cosign it otherwise.
 *
 * The three are files that anybody may lose: the offer is made anew, the next quorum comes.
 */
#ifndef VEDETTE_AUDIT_COSIGNING_H
#define VEDETTE_AUDIT_COSIGNING_H

#include "contract.h"
#include "services/audit/ledger.h"
#include "services/audit/witnesses/offer.h"
#include "services/audit/witnesses/witnesses.h"

struct cosigning {
    struct ledger *ledger;
    struct tlog_policy policy; /* log: none of them, see cosigning_policy */
    struct offer offers[CLASS_COUNT];
    struct buf cosigned[CLASS_COUNT]; /* the newest with a quorum; empty: none */
    uint64_t cosigned_size[CLASS_COUNT];
    struct {
        int64_t contact_ms; /* wall clock; 0: not since the start */
        uint64_t size[CLASS_COUNT];
    } followed[TLOG_WITNESSES]; /* what each has cosigned */
};

int cosigning_open(struct cosigning *, struct ledger *, size_t quorum, struct problem *);
void cosigning_close(struct cosigning *);
/* What was posted is offered if that is due; often. */
void cosigning_look(void *cosigning);

/* Problems: "not-offered", and those of offer_take. */
int cosigning_take(struct cosigning *, enum class, uint64_t size, const char *lines, struct problem *);
int cosigning_add(struct cosigning *, const char *vkey, struct problem *);
int cosigning_remove(struct cosigning *, const char *name, struct problem *);

/* For receipts of a class; size 0: there is none. */
struct cosigned_checkpoint cosigning_newest(const struct cosigning *, enum class);

#endif
