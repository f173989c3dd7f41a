#include "services/scheduler/submission.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "services/scheduler/agents.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/tell.h"

struct submission {
    struct dsse dsse;
    struct document document;
    struct signers signers;
    struct buf text; /* the envelope as it is stored */
    struct paper paper;
};

static void release(struct submission *submission)
{
    dsse_free(&submission->dsse);
    document_free(&submission->document);
    buf_free(&submission->text);
}

static int check_head(struct scheduler *scheduler, const struct document_head *head, struct problem *problem)
{
    const char *deployment = trusted_deployment(&scheduler->trusted);
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

static void fill(struct scheduler *scheduler, const struct submitter *by, struct submission *submission)
{
    struct paper *paper = &submission->paper;
    const struct document_head *head = &submission->document.body.head;
    struct document_scope scope;
    *paper = (struct paper){
        .version = head->version,
        .kind = (enum document_kind)head->kind,
        .state = DOCUMENT_STATE_DRAFT,
        .made_ms = clock_wall_ms(),
        .not_before_ms = head->not_before,
        .expires_ms = head->expires,
        .recurring = head->kind == DOCUMENT_KIND_TASK && submission->document.body.task.schedule,
        .stop_failures = stop_failures(&submission->document),
        .wants_receipt = kind_rows[head->kind].needs & NEEDS_RECEIPT,
        .sequence = -1,
    };
    snprintf(paper->document, sizeof(paper->document), "%s", head->document);
    snprintf(paper->title, sizeof(paper->title), "%s", head->title);
    snprintf(paper->maker, sizeof(paper->maker), "%s", by->actor);
    crypto_hex(submission->dsse.sha256, SHA256_BYTES, paper->sha256);
    document_scope(&submission->document, &scope);
    find_tenant(scheduler, &scope, paper->tenant);
}

/* 0: enough people, or, where a draft will do, not yet; what is wrong with a signature is a problem in either case. */
static int count_signers(
    struct scheduler *scheduler, struct submission *submission, bool draft_will_do, struct problem *problem)
{
    struct paper *paper = &submission->paper;
    struct signers *signers = &submission->signers;
    struct problem found = { .code = "" };
    int error = trusted_verify(&scheduler->trusted, &submission->dsse, signers, &found);
    if (error && (strcmp(found.code, "too-few-signers") || !draft_will_do)) {
        *problem = found;
        return -1;
    }
    trusted_names(&scheduler->trusted, signers, paper->signers, sizeof(paper->signers), paper->may_sign,
        sizeof(paper->may_sign));
    paper->signatures = signers->count;
    paper->threshold = signers->threshold;
    return 0;
}

static bool is_complete(const struct submission *submission)
{
    return submission->signers.count >= submission->signers.threshold;
}

static int check_tenant(const struct submitter *by, const struct paper *paper, struct problem *problem)
{
    if (by->tenant && strcmp(by->tenant, paper->tenant))
        return problem_set(problem, "no-permission", "tenant", "the document is for agents that are not within your tenant");
    return 0;
}

/* With enough signatures it goes into the log's outbox before it is stored: fail closed. */
static int release_to_log(struct scheduler *scheduler, struct paper *paper, struct problem *problem)
{
    if ((paper->wants_receipt && logging_ready(scheduler, problem)) || logging_tell(scheduler, paper, problem))
        return -1;
    paper->state = paper->wants_receipt ? DOCUMENT_STATE_SIGNED : DOCUMENT_STATE_LOGGED;
    scheduler->counts.documents++;
    return 0;
}

static int read_payload(
    const char *payload, size_t bytes, struct submission *submission, struct problem *problem)
{
    if (document_read(payload, bytes, &submission->document, problem))
        return -1;
    enum document_kind kind = (enum document_kind)submission->document.body.head.kind;
    if (dsse_make(kind, payload, bytes, &submission->dsse, problem)) {
        document_free(&submission->document);
        return -1;
    }
    return 0;
}

static int read_dsse(const char *text, struct submission *submission, struct problem *problem)
{
    if (dsse_parse(text, strlen(text), &submission->dsse, problem))
        return -1;
    if (document_parse(&submission->dsse, &submission->document, problem)) {
        dsse_free(&submission->dsse);
        return -1;
    }
    return 0;
}

static int write_text(struct submission *submission, struct problem *problem)
{
    submission->text.limit_bytes = DSSE_BYTES;
    if (dsse_format(&submission->dsse, &submission->text) || buf_append(&submission->text, "", 1))
        return problem_set(problem, "too-long", "", "the document is longer than %d KiB", DSSE_BYTES >> 10);
    return 0;
}

/* 1: this very document is here already, in *ret. */
static int check_versions(
    struct scheduler *scheduler, const struct paper *paper, struct paper *ret, struct problem *problem)
{
    struct paper here;
    int series = documents_series(paper->kind);
    if (documents_find(scheduler->records, paper->document, series, paper->version, &here)) {
        if (strcmp(here.sha256, paper->sha256))
            return problem_set(problem, "other-document", "version", "version %u of the document is here already, and says something else",
                paper->version);
        *ret = here;
        return 1;
    }
    if (documents_find(scheduler->records, paper->document, series, 0, &here) && here.version > paper->version)
        return problem_set(problem, "old-version", "version", "version %u of the document is here already", here.version);
    return 0;
}

static void store(struct scheduler *scheduler, struct submission *submission, const char *actor)
{
    struct paper *paper = &submission->paper;
    documents_add(scheduler->records, paper, submission->text.data);
    if (paper->kind == DOCUMENT_KIND_REVOCATION && paper->state != DOCUMENT_STATE_DRAFT)
        trusted_revoke(scheduler, submission->text.data);
    if (paper->state == DOCUMENT_STATE_DRAFT)
        tell_drafted(scheduler, paper);
    if (paper->signatures)
        tell_signed(scheduler, paper, actor);
    scheduler_look(scheduler);
}

int submission_draft(struct scheduler *scheduler, const char *payload, size_t bytes, const struct submitter *by,
    struct paper *ret, struct problem *problem)
{
    struct submission submission = { 0 };
    if (read_payload(payload, bytes, &submission, problem))
        return -1;
    int error = check_head(scheduler, &submission.document.body.head, problem);
    if (!error) {
        fill(scheduler, by, &submission);
        error = check_tenant(by, &submission.paper, problem) ||
                        count_signers(scheduler, &submission, true, problem) || write_text(&submission, problem)
                    ? -1
                    : check_versions(scheduler, &submission.paper, ret, problem);
    }
    if (!error) {
        store(scheduler, &submission, by->actor);
        *ret = submission.paper;
    }
    release(&submission);
    return error < 0 ? -1 : 0;
}

/* Of a document that is here as a draft: what is new in these signatures is added to those that it has. */
static int add_signatures(struct scheduler *scheduler, struct submission *submission, const struct dsse_signature *more,
    size_t n, const struct submitter *by, struct problem *problem)
{
    struct paper *paper = &submission->paper;
    for (size_t i = 0; i < n; i++) {
        if (dsse_add(&submission->dsse, more[i].keyid, more[i].sig, more[i].bytes, problem))
            return -1;
    }
    if (check_tenant(by, paper, problem) || count_signers(scheduler, submission, true, problem) ||
        write_text(submission, problem))
        return -1;
    bool complete = is_complete(submission), person = !strncmp(by->actor, "user:", 5) || !strncmp(by->actor, "api:", 4);
    if (complete && person && paper->threshold > 1 && !strcmp(by->actor, paper->maker))
        return problem_set(problem, "maker-approves", "", "the last signature must be brought by somebody else than who put it together");
    if (complete && release_to_log(scheduler, paper, problem))
        return -1;
    documents_sign(scheduler->records, paper, submission->text.data);
    tell_signed(scheduler, paper, by->actor);
    if (complete && paper->kind == DOCUMENT_KIND_REVOCATION)
        trusted_revoke(scheduler, submission->text.data);
    scheduler_look(scheduler);
    return 0;
}

/* The draft that is stored, ready for more signatures. */
static int open_draft(
    struct scheduler *scheduler, const struct paper *paper, struct submission *ret, struct problem *problem)
{
    struct paper_texts texts;
    if (paper->state != DOCUMENT_STATE_DRAFT)
        return problem_set(problem, "no-draft", "document", "the document has all signatures that it needs");
    documents_texts(scheduler->records, paper->number, &texts);
    int error = read_dsse(texts.dsse, ret, problem);
    documents_texts_free(&texts);
    if (error)
        return -1;
    ret->paper = *paper;
    if (check_head(scheduler, &ret->document.body.head, problem)) {
        release(ret);
        return -1;
    }
    return 0;
}

int submission_sign(struct scheduler *scheduler, const char *document, uint32_t version, const char *signature,
    const struct submitter *by, struct paper *ret, struct problem *problem)
{
    struct submission submission = { 0 };
    struct paper paper;
    if (!documents_find(scheduler->records, document, -1, version, &paper))
        return problem_set(problem, "not-found", "document", "there is no such document");
    if (open_draft(scheduler, &paper, &submission, problem))
        return -1;
    int error = dsse_add_text(&submission.dsse, signature, strlen(signature), problem) ||
                        add_signatures(scheduler, &submission, NULL, 0, by, problem)
                    ? -1
                    : 0;
    if (!error)
        *ret = submission.paper;
    release(&submission);
    return error;
}

/* It is here already: as a draft it may get more signatures by this, else nothing is left to do. */
static int take_again(struct scheduler *scheduler, const struct dsse *dsse, const struct submitter *by,
    struct paper *paper, struct problem *problem)
{
    struct submission submission = { 0 };
    if (check_tenant(by, paper, problem))
        return -1;
    if (paper->state != DOCUMENT_STATE_DRAFT)
        return 0;
    if (open_draft(scheduler, paper, &submission, problem))
        return -1;
    int error = add_signatures(scheduler, &submission, dsse->signatures, dsse->n_signatures, by, problem);
    if (!error)
        *paper = submission.paper;
    release(&submission);
    return error;
}

static int take_new(struct scheduler *scheduler, struct submission *submission, const struct submitter *by,
    struct problem *problem)
{
    if (count_signers(scheduler, submission, submission->dsse.n_signatures > 0, problem) ||
        write_text(submission, problem))
        return -1;
    if (!submission->paper.signatures)
        return problem_set(problem, "too-few-signers", "", "nobody whom the trust file knows has signed it");
    if (is_complete(submission) && release_to_log(scheduler, &submission->paper, problem))
        return -1;
    store(scheduler, submission, by->actor);
    return 0;
}

int submission_take(struct scheduler *scheduler, const char *dsse, const struct submitter *by, struct paper *ret,
    struct problem *problem)
{
    struct submission submission = { 0 };
    if (read_dsse(dsse, &submission, problem))
        return -1;
    int error = check_head(scheduler, &submission.document.body.head, problem);
    if (!error) {
        fill(scheduler, by, &submission);
        error = check_tenant(by, &submission.paper, problem)
                    ? -1
                    : check_versions(scheduler, &submission.paper, ret, problem);
    }
    if (error > 0) {
        error = take_again(scheduler, &submission.dsse, by, ret, problem);
    } else if (!error) {
        error = take_new(scheduler, &submission, by, problem);
        *ret = error ? *ret : submission.paper;
    }
    release(&submission);
    return error;
}
