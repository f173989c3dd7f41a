#include "services/scheduler/documents/candidate.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/exchange/agents.h"
#include "services/scheduler/scheduler.h"

void candidate_free(struct candidate *candidate)
{
    dsse_free(&candidate->dsse);
    document_free(&candidate->document);
    buf_free(&candidate->text);
}

int candidate_check(struct scheduler *scheduler, const struct candidate *candidate, struct problem *problem)
{
    const struct document_head *head = &candidate->document.body.head;
    const char *deployment = own_trust_deployment(&scheduler->trusted.own);
    if (!deployment)
        return problem_set(
            problem, "no-trust", "", "there is no trust file yet: `vedette trust init`, on another machine");
    if (strcmp(head->deployment, deployment))
        return problem_set(problem, "other-deployment", "deployment", "the document is of another deployment");
    if (head->expires <= clock_wall_ms())
        return problem_set(problem, "expired", "expires", "the document is good no more");
    if (head->kind == DOCUMENT_KIND_TRUST || head->kind == DOCUMENT_KIND_STATUS)
        return problem_set(problem, "other-call", "kind", "a document of kind %s is published, not submitted",
            document_kind_words[head->kind]);
    return 0;
}

/* The tenant that all of its agents belong to; "": several, or it cannot be said. */
static void find_tenant(struct scheduler *scheduler, const struct document_scope *scope, char ret[TENANT_BYTES])
{
    char tenant[SITE_BYTES];
    uint32_t agent;
    snprintf(ret, TENANT_BYTES, "%s", scope->tenant ? scope->tenant : "");
    for (size_t i = 0; i < scope->n_targets; i++) {
        if (!agents_by_fingerprint(scheduler->records, scope->targets[i].fingerprint, &agent, tenant) ||
            (i && strcmp(tenant, ret))) {
            ret[0] = '\0';
            return;
        }
        snprintf(ret, TENANT_BYTES, "%s", tenant);
    }
}

static uint32_t stop_failures(const struct document *document)
{
    const struct document_rollout *rollout = NULL;
    if (document->body.head.kind == DOCUMENT_KIND_TASK)
        rollout = document->body.task.rollout;
    else if (document->body.head.kind == DOCUMENT_KIND_UPDATE)
        rollout = document->body.update.rollout;
    return rollout ? rollout->stop_failures : 0;
}

void candidate_fill(struct scheduler *scheduler, struct candidate *candidate, const struct submitter *by)
{
    struct paper *paper = &candidate->paper;
    const struct document_head *head = &candidate->document.body.head;
    struct document_scope scope;
    *paper = (struct paper){
        .version = head->version,
        .kind = (enum document_kind)head->kind,
        .state = DOCUMENT_STATE_DRAFT,
        .made_ms = clock_wall_ms(),
        .not_before_ms = head->not_before,
        .expires_ms = head->expires,
        .recurring = head->kind == DOCUMENT_KIND_TASK && candidate->document.body.task.schedule,
        .stop_failures = stop_failures(&candidate->document),
        .wants_receipt = kind_rows[head->kind].needs & NEEDS_RECEIPT,
        .sequence = -1,
    };
    snprintf(paper->document, sizeof(paper->document), "%s", head->document);
    snprintf(paper->title, sizeof(paper->title), "%s", head->title);
    snprintf(paper->maker, sizeof(paper->maker), "%s", by->actor);
    crypto_hex(candidate->dsse.sha256, SHA256_BYTES, paper->sha256);
    document_scope(&candidate->document, &scope);
    find_tenant(scheduler, &scope, paper->tenant);
}

int candidate_count(
    struct scheduler *scheduler, struct candidate *candidate, bool draft_will_do, struct problem *problem)
{
    struct paper *paper = &candidate->paper;
    struct signers *signers = &candidate->signers;
    struct problem found = { .code = "" };
    int error = trusted_verify(&scheduler->trusted, &candidate->dsse, signers, &found);
    if (error && (strcmp(found.code, "too-few-signers") || !draft_will_do)) {
        *problem = found;
        return -1;
    }
    trusted_names(
        &scheduler->trusted, signers, paper->signers, sizeof(paper->signers), paper->may_sign, sizeof(paper->may_sign));
    paper->signatures = signers->count;
    paper->threshold = signers->threshold;
    return 0;
}

bool candidate_is_complete(const struct candidate *candidate)
{
    return candidate->signers.count >= candidate->signers.threshold;
}

int candidate_read_payload(struct candidate *candidate, const char *payload, size_t bytes, struct problem *problem)
{
    if (document_read(payload, bytes, &candidate->document, problem))
        return -1;
    enum document_kind kind = (enum document_kind)candidate->document.body.head.kind;
    if (dsse_make(kind, payload, bytes, &candidate->dsse, problem)) {
        document_free(&candidate->document);
        return -1;
    }
    return 0;
}

int candidate_read(struct candidate *candidate, const char *text, struct problem *problem)
{
    if (dsse_parse(text, strlen(text), &candidate->dsse, problem))
        return -1;
    if (document_parse(&candidate->dsse, &candidate->document, problem)) {
        dsse_free(&candidate->dsse);
        return -1;
    }
    return 0;
}

int candidate_write(struct candidate *candidate, struct problem *problem)
{
    candidate->text.limit_bytes = DSSE_BYTES;
    if (dsse_format(&candidate->dsse, &candidate->text) || buf_append(&candidate->text, "", 1))
        return problem_set(problem, "too-long", "", "the document is longer than %d KiB", DSSE_BYTES >> 10);
    return 0;
}

int candidate_find(
    struct scheduler *scheduler, const struct candidate *candidate, struct paper *ret, struct problem *problem)
{
    const struct paper *paper = &candidate->paper;
    struct paper here;
    int series = documents_series(paper->kind);
    if (documents_find(scheduler->records, paper->document, series, paper->version, &here)) {
        if (strcmp(here.sha256, paper->sha256))
            return problem_set(problem, "other-document", "version",
                "version %u of the document is here already, and says something else", paper->version);
        *ret = here;
        return 1;
    }
    /* Of drafts anybody may put down any number. */
    if (documents_is_passed(scheduler->records, paper->document, series, paper->version))
        return problem_set(problem, "old-version", "version", "people have signed a newer version than %u already",
            paper->version);
    return 0;
}
