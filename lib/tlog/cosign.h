/*
 * Witnesses (c2sp.org/tlog-cosignature, `cosignature/v1`): who saw the log grow says so, with the time, in a line under
 * its checkpoint. To make one, tlog_note_sign with a TLOG_COSIGNATURE key over the checkpoint's text.
 */
#ifndef VEDETTE_TLOG_COSIGN_H
#define VEDETTE_TLOG_COSIGN_H

#include "lib/tlog/checkpoint.h"

#define TLOG_WITNESSES 32 /* a deployment names a handful; one bit each below */

/* Whom a reader of a log trusts. */
struct tlog_policy {
    struct tlog_vkey log;
    struct tlog_vkey witnesses[TLOG_WITNESSES]; /* TLOG_COSIGNATURE keys */
    size_t witness_count;
    size_t quorum; /* so many of them must have cosigned; 0: the log's word is enough */
};

struct tlog_cosigned {
    uint32_t by; /* bit i: witnesses[i] */
    size_t count;
    int64_t earliest_s, latest_s; /* Unix time of those counted, of each witness its latest; 0 if there is none */
};

/* A witness counts once: names and keys must be distinct, and neither the log's own. The quorum must be reachable. */
int tlog_policy_check(const struct tlog_policy *, struct problem *);

/* Whose cosignatures of the policy's witnesses a checkpoint bears; whether they are enough is for the caller to ask.
 * Refused if the policy is wrong or a line of a witness does not hold. */
int tlog_cosigned_by(
    const struct tlog_note *checkpoint, const struct tlog_policy *, struct tlog_cosigned *ret, struct problem *);
/* Parse a checkpoint and believe it: signed by the policy's log, cosigned by its quorum; code "no-quorum" if only that
 * is missing. */
int tlog_policy_open(const char *data, size_t bytes, const struct tlog_policy *, struct tlog_checkpoint *ret,
    struct tlog_cosigned *ret_by, struct problem *);

/*
 * Append the checkpoint with the cosignature lines that a witness answered. Only lines of the policy's witnesses are
 * taken, each verified; of each witness the latest stays. Lines that the checkpoint has from strangers stay as they
 * are. -1 and nothing appended if the checkpoint is not the log's or a line of a known witness does not hold.
 */
int tlog_cosign_merge(struct buf *, const char *checkpoint, size_t bytes, const char *lines, size_t lines_bytes,
    const struct tlog_policy *, struct problem *);

#endif
