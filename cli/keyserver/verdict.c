#include "cli/keyserver/verdict.h"

#include <string.h>

#include "lib/problem.h"
#include "lib/sha256.h"

void restore_case_free(struct restore_case *one)
{
    document_free(&one->document);
}

static int take(const struct dsse *dsse, const struct keyserver_known *known, const char *agent,
    const struct envelope_keys_wanted *wanted, struct restore_case *one, struct problem *problem)
{
    const struct newest_seen *seen = newest_find(known->newest, one->document.body.head.document);
    struct known judged = { .trust = known->trust,
        .revoked = known->revoked,
        .status = known->status,
        .fingerprint = agent,
        .version = seen ? seen->version : 0,
        .now_ms = known->now_ms,
        .receipt = { wanted->entry, strlen(wanted->entry), wanted->receipt, strlen(wanted->receipt) } };
    struct judgement judgement;
    const struct document_restore *restore = &one->document.body.restore;
    if (seen)
        memcpy(judged.version_sha256, seen->sha256, SHA256_BYTES);
    if (judge(dsse, &one->document, &judged, &judgement, problem))
        return -1;
    if (one->document.body.head.kind != DOCUMENT_KIND_RESTORE)
        return problem_set(problem, "wrong-kind", "", "the document is none of a restore");
    if (!restore->commit_sha256 || crypto_unhex(restore->commit_sha256, one->commit_sha256, SHA256_BYTES))
        return problem_set(problem, "unpinned", "commit_sha256", "the document does not say which commit it is about");
    one->restore = restore;
    one->source = restore->source ? restore->source->fingerprint : restore->targets[0].fingerprint;
    memcpy(one->sha256, dsse->sha256, SHA256_BYTES);
    return 0;
}

int verdict_document(const struct keyserver_known *known, const char *agent, const struct envelope_keys_wanted *wanted,
    struct restore_case *ret, struct problem *problem)
{
    struct dsse dsse;
    struct restore_case one;
    if (dsse_parse(wanted->dsse, strlen(wanted->dsse), &dsse, problem))
        return -1;
    int error = document_parse(&dsse, &one.document, problem);
    if (!error) {
        error = take(&dsse, known, agent, wanted, &one, problem);
        if (error)
            document_free(&one.document);
    }
    dsse_free(&dsse);
    if (error)
        return -1;
    *ret = one;
    ret->restore = &ret->document.body.restore;
    return 0;
}

static int other(struct problem *problem, const char *reason)
{
    return problem_set(problem, "other-commit", "", "%s", reason);
}

static int check_commit(const struct restore_case *one, const struct commit *commit, const char *signer,
    struct problem *problem)
{
    const struct document_restore *restore = one->restore;
    if (strcmp(signer, one->source))
        return other(problem, "the commit is not by the machine whose backup it is to be");
    if (strcmp(commit->backup, restore->backup) || (restore->source && restore->source->agent != commit->agent) ||
        strcmp(commit->deployment, restore->head.deployment))
        return other(problem, "the commit is of another backup than the document names");
    return 0;
}

int verdict_commit(
    const struct restore_case *one, const void *object, size_t bytes, struct commit *ret, struct problem *problem)
{
    uint8_t found[SHA256_BYTES];
    char signer[FINGERPRINT_HEX_BYTES];
    struct commit commit;
    struct problem why;
    if (!object)
        return problem_set(problem, "no-commit", "", "the backup's commit is not here");
    crypto_sha256(object, bytes, found);
    if (memcmp(found, one->commit_sha256, sizeof(found)))
        return other(problem, "the commit has not the hash that the document names");
    if (commit_read(object, bytes, &commit, signer, &why))
        return other(problem, why.reason);
    if (check_commit(one, &commit, signer, problem)) {
        commit_free(&commit);
        return -1;
    }
    *ret = commit;
    return 0;
}

static const uint8_t *mark_of(const struct commit *commit, uint32_t segment, struct problem *problem)
{
    bool manifest = segment == commit->n_segments;
    if (segment > commit->n_segments) {
        problem_set(problem, "no-segment", "segment", "the commit has no segment %u", segment);
        return NULL;
    }
    if (manifest ? !commit->manifest_marked : !commit->segments[segment].marked) {
        problem_set(problem, "no-mark", "segment", "the commit has no marks of keys: only the recovery key opens it");
        return NULL;
    }
    return manifest ? commit->manifest_mark : commit->segments[segment].mark;
}

/* By whichever of our keys it is sealed for. */
static int rewrap(const struct verdict_keys *keys, const void *recipients, size_t bytes, const char *owner,
    struct buf *ret, uint8_t ret_mark[BULK_MARK_BYTES], struct problem *problem)
{
    int error = -1;
    for (size_t i = 0; i < keys->n && error; i++) {
        const struct bulk_opener opener = { keys->own[i], recipients, bytes };
        error = envelope_bulk_rewrap(&opener, owner, keys->to, ret, ret_mark, problem);
        if (error && strcmp(problem->code, "wrong-recipient"))
            return -1;
    }
    return error;
}

int verdict_key(const struct restore_case *one, const struct commit *commit, const struct verdict_keys *keys,
    uint32_t segment, const char *recipients, struct buf *ret, struct problem *problem)
{
    uint8_t der[BULK_HEAD_BYTES_MAX], mark[BULK_MARK_BYTES];
    size_t bytes, before = ret->length;
    const uint8_t *wanted = mark_of(commit, segment, problem);
    if (!wanted)
        return -1;
    if (crypto_unbase64(recipients, strlen(recipients), der, sizeof(der), &bytes))
        return problem_set(problem, "bad-segment", "recipients", "recipients must be base64");
    if (rewrap(keys, der, bytes, one->source, ret, mark, problem))
        return -1;
    if (crypto_equal(mark, wanted, sizeof(mark)))
        return 0;
    crypto_forget(ret->data + before, ret->length - before);
    ret->length = before;
    return problem_set(problem, "other-segment", "segment", "the wrapped key is not that of segment %u", segment);
}
