/*
 * Receipts (`c2sp.org/tlog-proof@v1`): an entry's index, its inclusion proof, and the checkpoint that it leads to with
 * the witnesses' cosignatures, in one text that anyone verifies without asking the log.
 */
#ifndef VEDETTE_TLOG_RECEIPT_H
#define VEDETTE_TLOG_RECEIPT_H

#include "lib/tlog/cosign.h"
#include "lib/tlog/proof.h"

#define TLOG_EXTRA_BYTES 4096 /* of what is sent along unauthenticated; ours is none, a stranger's is ignored */
#define TLOG_RECEIPT_BYTES (TLOG_NOTE_BYTES + (16 << 10)) /* checkpoint, 64 hashes in base64, extra */

struct tlog_receipt {
    uint64_t index;
    struct tlog_proof proof;
    const char *checkpoint; /* the note, within the receipt's text */
    size_t checkpoint_bytes;
};

int tlog_receipt_format(struct buf *, const struct tlog_receipt *);
/* Form only, nothing is verified. Points into data. */
int tlog_receipt_parse(const char *data, size_t bytes, struct tlog_receipt *ret, struct problem *);

/* What a receipt that holds says. */
struct tlog_held {
    uint64_t index;
    struct tlog_checkpoint checkpoint;
    struct tlog_cosigned cosigned;
};

/* The entry stands in the log of the policy, under a checkpoint with its quorum. */
int tlog_receipt_verify(const char *data, size_t bytes, const void *entry, size_t entry_bytes,
    const struct tlog_policy *, struct tlog_held *ret, struct problem *);

#endif
