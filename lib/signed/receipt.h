/*
 * The receipt is the permission: proof that the log holds this very document. What the log holds is the entry that the
 * scheduler made of it (document.logged, class ops), and in that the document's SHA-256. The same of an order to back up,
 * whose entry is backup.ordered.
 */
#ifndef VEDETTE_SIGNED_RECEIPT_H
#define VEDETTE_SIGNED_RECEIPT_H

#include "lib/signed/successors.h"
#include "lib/signed/trust.h"
#include "lib/tlog/receipt.h"

/* Nothing: entry or receipt NULL. */
struct receipt {
    const char *entry; /* as it stands in the log */
    size_t entry_bytes;
    const char *proof; /* c2sp.org/tlog-proof@v1 */
    size_t proof_bytes;
};

enum receipt_of { RECEIPT_OF_DOCUMENT, RECEIPT_OF_ORDER };

/* Under a checkpoint by one of the trust file's keys for class ops, or of the logs that succeeded them (NULL: none),
 * with the quorum of witnesses. *ret is what holds, for who remembers checkpoints and compares. "no-receipt",
 * "bad-receipt", "no-quorum". */
int receipt_verify(const struct receipt *, enum receipt_of, const uint8_t sha256[SHA256_BYTES], const struct trust *,
    const struct successors *, struct tlog_held *ret, struct problem *);

/* The same of a checkpoint alone: is it by one of these logs, with the quorum? "bad-checkpoint", "no-quorum". */
int receipt_checkpoint(const char *note, size_t bytes, const struct trust *, const struct successors *,
    struct tlog_checkpoint *ret, struct problem *);

#endif
