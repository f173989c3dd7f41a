#include "lib/signed/status.h"

#include <inttypes.h>
#include <string.h>

#include "lib/problem.h"

/* Signed as its kind wants it, of this deployment, newer than what is held (0: nothing). */
static int take(const struct dsse *dsse, enum document_kind kind, const struct trust *trust,
    struct trust_revoked revoked, uint32_t held, struct document *ret, struct problem *problem)
{
    struct document document;
    struct signers signers;
    if (dsse->kind != kind)
        return problem_set(problem, "bad-document", "kind", "this is no %s", document_kind_words[kind]);
    if (verify_signers(dsse, trust, revoked, &signers, problem) || document_parse(dsse, &document, problem))
        return -1;
    const struct document_head *head = &document.body.head;
    int error = strcmp(head->deployment, trust->body->head.deployment)
                    ? problem_set(problem, "other-deployment", "", "it is of another deployment")
                : held && head->version == held
                    ? problem_set(problem, "same-version", "", "version %u is here already", held)
                : head->version < held
                    ? problem_set(problem, "old-version", "", "it has version %u, and %u is here", head->version, held)
                    : 0;
    if (error)
        document_free(&document);
    else
        *ret = document;
    return error;
}

int status_follow(const struct dsse *dsse, const struct trust *trust, struct trust_revoked revoked,
    const struct document_status *held, int64_t clock_ms, struct document *ret, struct problem *problem)
{
    struct document document;
    if (take(dsse, DOCUMENT_KIND_STATUS, trust, revoked, held ? held->head.version : 0, &document, problem))
        return -1;
    const struct document_head *head = &document.body.head;
    int error = head->made_at > clock_ms + STATUS_AHEAD_MS
                    ? problem_set(problem, "not-yet", "", "the status is more than a day ahead of this machine's clock")
                /* Its signer may have looked at the clock twice. */
                : head->version > head->made_at / 1000 + 1
                    ? problem_set(problem, "bad-document", "version", "the status has a version above its time in seconds")
                    : 0;
    if (error)
        document_free(&document);
    else
        *ret = document;
    return error;
}

bool status_counts(const char *text, const struct trust *trust, struct trust_revoked revoked)
{
    struct dsse dsse;
    struct signers signers;
    if (dsse_parse(text, strlen(text), &dsse, NULL))
        return false;
    bool counts = dsse.kind == DOCUMENT_KIND_STATUS && !verify_signers(&dsse, trust, revoked, &signers, NULL);
    dsse_free(&dsse);
    return counts;
}

int status_allows(const struct document_status *status, const struct trust *trust,
    struct trust_revoked revoked, uint32_t fresh_within_s, int64_t now_ms, struct problem *problem)
{
    if (!status)
        return problem_set(problem, "stale-status", "", "no signed status has come yet");
    if (status->has_frozen && status->frozen)
        return problem_set(problem, "frozen", "", "the newest status says that a freeze is in force");
    if (now_ms - status->head.made_at > (int64_t)fresh_within_s * 1000)
        return problem_set(problem, "stale-status", "",
            "the newest signed status is %" PRId64 " minutes old, and may be at most %u",
            (now_ms - status->head.made_at) / 60000, fresh_within_s / 60);
    if (status->trust_version > trust->body->head.version)
        return problem_set(problem, "stale-status", "", "the status knows version %u of the trust file, and %u is here",
            status->trust_version, trust->body->head.version);
    uint32_t have = revoked.by ? revoked.by->head.version : 0;
    if (status->revocation_version > have)
        return problem_set(problem, "stale-status", "", "the status knows version %u of the revocation, and %u is here",
            status->revocation_version, have);
    return 0;
}

static bool names_key(const struct document_revocation *revocation, const char *keyid)
{
    for (size_t i = 0; i < revocation->n_keys; i++) {
        if (!strcmp(revocation->keys[i], keyid))
            return true;
    }
    return false;
}

static bool names_version(const struct document_revocation *revocation, const char *document, uint32_t version)
{
    for (size_t i = 0; i < revocation->n_documents; i++) {
        const struct document_revocable *one = &revocation->documents[i];
        if (!strcmp(one->document, document) && (!one->has_version || one->version >= version))
            return true;
    }
    return false;
}

bool revocation_names(struct trust_revoked revoked, const struct document_head *head)
{
    return revoked.by && names_version(revoked.by, head->document, head->version);
}

static bool names_all(const struct document_revocation *next, const struct document_revocation *held)
{
    for (size_t i = 0; i < held->n_keys; i++) {
        if (!names_key(next, held->keys[i]))
            return false;
    }
    for (size_t i = 0; i < held->n_documents; i++) {
        const struct document_revocable *one = &held->documents[i];
        if (!names_version(next, one->document, one->has_version ? one->version : UINT32_MAX))
            return false;
    }
    return true;
}

int revocation_follow(const struct dsse *dsse, const struct trust *trust, struct trust_revoked held,
    struct document *ret, struct problem *problem)
{
    struct document document;
    if (take(dsse, DOCUMENT_KIND_REVOCATION, trust, held, held.by ? held.by->head.version : 0, &document, problem))
        return -1;
    if (held.by && !names_all(&document.body.revocation, held.by)) {
        document_free(&document);
        return problem_set(problem, "fork", "", "the revocation lacks what the one before it revoked");
    }
    *ret = document;
    return 0;
}
