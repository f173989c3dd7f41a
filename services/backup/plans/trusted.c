#include "services/backup/plans/trusted.h"

#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/signed/status.h"

/* The caller's to free; NULL: there is none. */
static char *stored(struct records *records, enum document_kind kind)
{
    return records_text(
        records_query(records, "SELECT dsse FROM followed WHERE kind = ?", "s", document_kind_words[kind]));
}

static void store(struct records *records, enum document_kind kind, const char *dsse)
{
    records_run(
        records, "INSERT OR REPLACE INTO followed (kind, dsse) VALUES (?, ?)", "ss", document_kind_words[kind], dsse);
}

int trusted_open(struct trusted *trusted, struct records *records, struct problem *problem)
{
    char *trust = stored(records, DOCUMENT_KIND_TRUST), *revocation = stored(records, DOCUMENT_KIND_REVOCATION);
    int error = own_trust_open(&trusted->own, ADDRESSEE_BACKUP, trust, revocation, problem);
    free(trust);
    free(revocation);
    return error;
}

uint32_t trusted_version(const struct trusted *trusted)
{
    return trusted->own.newest ? trusted->own.newest->body->head.version : 0;
}

uint32_t trusted_revocation(const struct trusted *trusted)
{
    return trusted->own.revocation.json ? trusted->own.revocation.body.head.version : 0;
}

int trusted_follow(struct trusted *trusted, struct records *records, const char *dsse, struct problem *problem)
{
    if (own_trust_follow(&trusted->own, dsse, problem))
        return -1;
    store(records, DOCUMENT_KIND_TRUST, dsse);
    return 0;
}

int trusted_revoke(struct trusted *trusted, struct records *records, const char *text, struct problem *problem)
{
    struct document document;
    struct dsse dsse;
    if (!trusted->own.newest)
        return problem_set(problem, "no-trust", "", "there is no trust file yet");
    if (dsse_parse(text, strlen(text), &dsse, problem))
        return -1;
    int error = revocation_follow(&dsse, trusted->own.newest, own_trust_revoked(&trusted->own), &document, problem);
    dsse_free(&dsse);
    if (error)
        return -1;
    own_trust_revoke(&trusted->own, &document);
    store(records, DOCUMENT_KIND_REVOCATION, text);
    return 0;
}

static int check(const struct trusted *trusted, enum document_kind kind, const struct dsse *dsse,
    const struct document *document, struct problem *problem)
{
    const struct document_head *head = &document->body.head;
    struct signers signers;
    if (head->kind != (int)kind)
        return problem_set(problem, "other-kind", "", "it is no document of kind %s", document_kind_words[kind]);
    if (strcmp(head->deployment, own_trust_deployment(&trusted->own)))
        return problem_set(problem, "other-deployment", "", "it is of another deployment");
    if (revocation_names(own_trust_revoked(&trusted->own), head))
        return problem_set(problem, "revoked", "", "it was revoked");
    return verify_signers(dsse, trusted->own.newest, own_trust_revoked(&trusted->own), &signers, problem);
}

int trusted_document(const struct trusted *trusted, enum document_kind kind, const char *text, struct document *ret,
    struct problem *problem)
{
    struct document document;
    struct dsse dsse;
    if (!trusted->own.newest)
        return problem_set(problem, "no-trust", "", "there is no trust file yet");
    if (dsse_parse(text, strlen(text), &dsse, problem))
        return -1;
    int error = document_parse(&dsse, &document, problem);
    if (!error) {
        error = check(trusted, kind, &dsse, &document, problem);
        if (error)
            document_free(&document);
        else
            *ret = document;
    }
    dsse_free(&dsse);
    return error ? -1 : 0;
}
