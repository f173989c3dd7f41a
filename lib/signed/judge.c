#include "lib/signed/judge.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/problem.h"
#include "lib/signed/status.h"

static int check_signatures(const struct dsse *dsse, const struct document *document, const struct known *known,
    struct signers *ret, struct problem *problem)
{
    if (strcmp(document->body.head.deployment, known->trust->body->head.deployment))
        return problem_set(problem, "other-deployment", "", "the document is of another deployment");
    return verify_signers(dsse, known->trust, known->revoked, ret, problem);
}

static int check_target(const struct document *document, const struct known *known, struct problem *problem)
{
    if (!known->fingerprint || document_is_for(document, known->fingerprint, known->tenant, known->site))
        return 0;
    return problem_set(problem, "not-a-target", "", "the document is for other agents");
}

/* The version that was seen last comes again with every retry and occurrence; but no other text may have its number. */
static int check_version(
    const struct dsse *dsse, const struct document *document, const struct known *known, struct problem *problem)
{
    uint32_t version = document->body.head.version;
    if (version < known->version)
        return problem_set(
            problem, "old-version", "", "version %u of the document was replaced by %u", version, known->version);
    if (version == known->version && memcmp(dsse->sha256, known->version_sha256, SHA256_BYTES))
        return problem_set(problem, "old-version", "", "there is another version %u of the document", version);
    return 0;
}

static int check_time(const struct document *document, const struct known *known, struct problem *problem)
{
    const struct document_head *head = &document->body.head;
    char time[RFC3339_BYTES];
    if (known->now_ms < head->not_before) {
        clock_rfc3339(time, head->not_before);
        return problem_set(problem, "not-yet", "", "the document is not good before %s", time);
    }
    if (known->now_ms >= head->expires) {
        clock_rfc3339(time, head->expires);
        return problem_set(problem, "expired", "", "the document expired at %s", time);
    }
    /* Stopping is never held up. */
    if (kind_rows[head->kind].signed_by == BY_THRESHOLD && known->now_ms >= known->trust->body->head.expires) {
        clock_rfc3339(time, known->trust->body->head.expires);
        return problem_set(problem, "trust-expired", "", "the trust file expired at %s", time);
    }
    return 0;
}

static uint32_t stricter(uint32_t a, uint32_t b)
{
    return !a || (b && b < a) ? b : a;
}

static int check_status(const struct document *document, const struct known *known, struct problem *problem)
{
    unsigned needs = kind_rows[document->body.head.kind].needs;
    struct document_scope scope;
    document_scope(document, &scope);
    if (revocation_names(known->revoked, &document->body.head))
        return problem_set(problem, "revoked", "", "the document was revoked");
    if (needs & NEEDS_UNFROZEN && known->frozen)
        return problem_set(problem, "frozen", "", "a freeze is in force");
    if (!(needs & NEEDS_STATUS))
        return 0;
    uint32_t fresh_within_s = stricter(scope.fresh_within_s, known->fresh_within_s);
    return status_allows(known->status, known->trust, known->revoked,
        fresh_within_s ? fresh_within_s : FRESH_WITHIN_S, known->now_ms, problem);
}

static int check_receipt(const struct dsse *dsse, const struct document *document, const struct known *known,
    struct judgement *ret, struct problem *problem)
{
    ret->receipted = kind_rows[document->body.head.kind].needs & NEEDS_RECEIPT;
    if (!ret->receipted)
        return 0;
    return receipt_verify(
        &known->receipt, RECEIPT_OF_DOCUMENT, dsse->sha256, known->trust, known->successors, &ret->held, problem);
}

int judge(const struct dsse *dsse, const struct document *document, const struct known *known, struct judgement *ret,
    struct problem *problem)
{
    struct judgement judgement = { 0 };
    if (check_signatures(dsse, document, known, &judgement.signers, problem) ||
        check_target(document, known, problem) || check_version(dsse, document, known, problem) ||
        check_time(document, known, problem) || check_status(document, known, problem) ||
        (known->policy && known->policy(known->policy_arg, document, problem)) ||
        check_receipt(dsse, document, known, &judgement, problem))
        return -1;
    *ret = judgement;
    return 0;
}
