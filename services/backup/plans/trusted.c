#include "services/backup/plans/trusted.h"

#include <stdlib.h>
#include <string.h>

#include "lib/exchange/own_keys.h"
#include "lib/log.h"
#include "lib/problem.h"
#include "lib/signed/status.h"

static const struct document_revocation *revoked(const struct trusted *trusted)
{
    return trusted->revocation.json ? &trusted->revocation.body.revocation : NULL;
}

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
    int error = 0;
    if (trust) {
        trusted->newest = trust_open(trust, problem);
        error = trusted->newest ? 0 : -1;
    }
    if (trusted->newest)
        own_keys_named(trusted->newest, ADDRESSEE_BACKUP, trusted->sign_key);
    if (!error && revocation)
        error = document_open(revocation, &trusted->revocation, problem);
    free(trust);
    free(revocation);
    return error;
}

void trusted_close(struct trusted *trusted)
{
    trust_free(trusted->newest);
    if (trusted->revocation.json)
        document_free(&trusted->revocation);
}

const char *trusted_deployment(const struct trusted *trusted)
{
    return trusted->newest ? trusted->newest->body->head.deployment : NULL;
}

const struct document_sealing *trusted_sealing(const struct trusted *trusted)
{
    return trusted->newest ? trust_service(trusted->newest, ADDRESSEE_BACKUP) : NULL;
}

uint32_t trusted_version(const struct trusted *trusted)
{
    return trusted->newest ? trusted->newest->body->head.version : 0;
}

uint32_t trusted_revocation(const struct trusted *trusted)
{
    return trusted->revocation.json ? trusted->revocation.body.head.version : 0;
}

int trusted_follow(struct trusted *trusted, struct records *records, const char *dsse, struct problem *problem)
{
    struct trust *next = trusted->newest ? trust_follow(trusted->newest, revoked(trusted), dsse, strlen(dsse), problem)
                                         : trust_first(dsse, problem);
    if (!next)
        return -1;
    trust_free(trusted->newest);
    trusted->newest = next;
    own_keys_named(next, ADDRESSEE_BACKUP, trusted->sign_key);
    store(records, DOCUMENT_KIND_TRUST, dsse);
    log_info("trust.followed", LOG_INT("version", next->body->head.version));
    return 0;
}

int trusted_revoke(struct trusted *trusted, struct records *records, const char *text, struct problem *problem)
{
    struct document document;
    struct dsse dsse;
    if (!trusted->newest)
        return problem_set(problem, "no-trust", "", "there is no trust file yet");
    if (dsse_parse(text, strlen(text), &dsse, problem))
        return -1;
    int error = revocation_follow(&dsse, trusted->newest, revoked(trusted), &document, problem);
    dsse_free(&dsse);
    if (error)
        return -1;
    if (trusted->revocation.json)
        document_free(&trusted->revocation);
    trusted->revocation = document;
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
    if (strcmp(head->deployment, trusted_deployment(trusted)))
        return problem_set(problem, "other-deployment", "", "it is of another deployment");
    if (revoked(trusted) && revocation_names(revoked(trusted), head))
        return problem_set(problem, "revoked", "", "it was revoked");
    return verify_signers(dsse, trusted->newest, revoked(trusted), &signers, problem);
}

int trusted_document(const struct trusted *trusted, enum document_kind kind, const char *text, struct document *ret,
    struct problem *problem)
{
    struct document document;
    struct dsse dsse;
    if (!trusted->newest)
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
