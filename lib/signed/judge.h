/*
 * May this document be acted on? Pure: what is known and the time go in, a verdict comes out; the same on agent, server
 * and command line. Asked again before each occurrence of what recurs, because time, status and policy go on.
 *
 * In this order, and the first that fails is the verdict's code: deployment and signatures (other-deployment,
 * bad-signature, unknown-kind), threshold (too-few-signers), target (not-a-target), version (old-version), time
 * (not-yet, expired, and of the trust file trust-expired), status (revoked, frozen, stale-status), policy (what the
 * agent says), receipt (no-receipt, bad-receipt, no-quorum). What a kind does not need (documents.def) is not asked.
 *
 * Trust files, statuses and revocations are followed, not judged: trust.h, status.h.
 */
#ifndef VEDETTE_SIGNED_JUDGE_H
#define VEDETTE_SIGNED_JUDGE_H

#include "lib/signed/receipt.h"
#include "lib/signed/verify.h"

#define FRESH_WITHIN_S (7 * 86400) /* where neither document nor policy says less */

struct known {
    const struct trust *trust;
    struct trust_revoked revoked;
    const struct document_status *status; /* newest; NULL: none */
    bool frozen;                          /* by a freeze that covers this agent, or locally */

    const char *fingerprint, *tenant,
        *site; /* whose verdict it is; fingerprint NULL: no agent's, and no target is asked */

    uint32_t version;                     /* highest one seen of this document (document_same); 0: none */
    uint8_t version_sha256[SHA256_BYTES]; /* and what that was */
    int64_t now_ms;                       /* never before the floor of time, which the caller keeps */

    uint32_t fresh_within_s; /* the policy's; 0: it says none */
    /* The endpoint's policy, with codes of its own; NULL: none is asked. */
    int (*policy)(void *arg, const struct document *, struct problem *);
    void *policy_arg;

    struct receipt receipt;
    const struct successors *successors; /* of logs that were succeeded (documents of kind succession); NULL: none */
};

struct judgement {
    struct signers signers;
    bool receipted; /* by a receipt, whose checkpoint is held */
    struct tlog_held held;
};

/* 0: it may. document is document_parse's of dsse. -1 + problem, *ret untouched. */
int judge(const struct dsse *, const struct document *, const struct known *, struct judgement *ret, struct problem *);

#endif
