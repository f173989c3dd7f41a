#include "services/scheduler/documents/submission.h"

#include <string.h>

#include "services/scheduler/documents/candidate.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/tell.h"

static int check_tenant(const struct submitter *by, const struct paper *paper, struct problem *problem)
{
    if (by->tenant && strcmp(by->tenant, paper->tenant))
        return problem_set(
            problem, "no-permission", "tenant", "the document is for agents that are not within your tenant");
    return 0;
}

/* A new document, or a new version: nor may it take the name of one that others have. */
static int check_place(
    struct scheduler *scheduler, const struct submitter *by, const struct paper *paper, struct problem *problem)
{
    if (check_tenant(by, paper, problem))
        return -1;
    if (by->tenant && documents_is_of_others(scheduler->records, paper->document, by->tenant))
        return problem_set(
            problem, "no-permission", "document", "a document of this id is not within your tenant: give it another");
    return 0;
}

static int check_drafts(struct scheduler *scheduler, const struct paper *paper, struct problem *problem)
{
    int64_t since_ms = paper->made_ms - DRAFTS_DAYS * INT64_C(86400000);
    if (documents_incomplete(scheduler->records, paper->tenant, since_ms) < DRAFTS_MAX)
        return 0;
    return problem_set(problem, "too-many", "document",
        "%d drafts of this tenant wait for signatures, or did in the last %d days", DRAFTS_MAX, DRAFTS_DAYS);
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

static void store(struct scheduler *scheduler, struct candidate *candidate, const char *actor)
{
    struct paper *paper = &candidate->paper;
    documents_add(scheduler->records, paper, candidate->text.data);
    if (paper->kind == DOCUMENT_KIND_REVOCATION && paper->state != DOCUMENT_STATE_DRAFT)
        trusted_revoke(scheduler, candidate->text.data);
    if (paper->state == DOCUMENT_STATE_DRAFT)
        tell_drafted(scheduler, paper);
    if (paper->signatures)
        tell_signed(scheduler, paper, actor);
    scheduler_look(scheduler);
}

int submission_draft(struct scheduler *scheduler, const char *payload, size_t bytes, const struct submitter *by,
    struct paper *ret, struct problem *problem)
{
    struct candidate candidate = { 0 };
    if (candidate_read_payload(&candidate, payload, bytes, problem))
        return -1;
    int error = candidate_check(scheduler, &candidate, problem);
    if (!error) {
        candidate_fill(scheduler, &candidate, by);
        error = check_place(scheduler, by, &candidate.paper, problem) ||
                        candidate_count(scheduler, &candidate, true, problem) ||
                        candidate_write(&candidate, problem)
                    ? -1
                    : candidate_find(scheduler, &candidate, ret, problem);
    }
    if (!error)
        error = check_drafts(scheduler, &candidate.paper, problem);
    if (!error) {
        store(scheduler, &candidate, by->actor);
        *ret = candidate.paper;
    }
    candidate_free(&candidate);
    return error < 0 ? -1 : 0;
}

/* Of a document that is here as a draft: what is new in these signatures is added to those that it has. */
static int add_signatures(struct scheduler *scheduler, struct candidate *candidate, const struct dsse_signature *more,
    size_t n, const struct submitter *by, struct problem *problem)
{
    struct paper *paper = &candidate->paper;
    for (size_t i = 0; i < n; i++) {
        if (dsse_add(&candidate->dsse, more[i].keyid, more[i].sig, more[i].bytes, problem))
            return -1;
    }
    if (check_tenant(by, paper, problem) || candidate_count(scheduler, candidate, true, problem) ||
        candidate_write(candidate, problem))
        return -1;
    bool complete = candidate_is_complete(candidate),
         person = !strncmp(by->actor, "user:", 5) || !strncmp(by->actor, "api:", 4);
    if (complete && person && paper->threshold > 1 && !strcmp(by->actor, paper->maker))
        return problem_set(problem, "maker-approves", "",
            "the last signature must be brought by somebody else than who put it together");
    if (complete && release_to_log(scheduler, paper, problem))
        return -1;
    documents_sign(scheduler->records, paper, candidate->text.data);
    tell_signed(scheduler, paper, by->actor);
    if (complete && paper->kind == DOCUMENT_KIND_REVOCATION)
        trusted_revoke(scheduler, candidate->text.data);
    scheduler_look(scheduler);
    return 0;
}

/* The draft that is stored, ready for more signatures. */
static int open_draft(
    struct scheduler *scheduler, const struct paper *paper, struct candidate *ret, struct problem *problem)
{
    struct paper_texts texts;
    if (paper->state == DOCUMENT_STATE_EXPIRED)
        return problem_set(problem, "expired", "document", "the document is good no more");
    if (paper->state != DOCUMENT_STATE_DRAFT)
        return problem_set(problem, "no-draft", "document", "the document has all signatures that it needs");
    documents_texts(scheduler->records, paper->number, &texts);
    int error = candidate_read(ret, texts.dsse, problem);
    documents_texts_free(&texts);
    if (error)
        return -1;
    ret->paper = *paper;
    if (candidate_check(scheduler, ret, problem)) {
        candidate_free(ret);
        return -1;
    }
    return 0;
}

int submission_sign(struct scheduler *scheduler, const char *document, uint32_t version, const char *signature,
    const struct submitter *by, struct paper *ret, struct problem *problem)
{
    struct candidate candidate = { 0 };
    struct paper paper;
    if (!documents_find(scheduler->records, document, -1, version, &paper) ||
        (by->tenant && strcmp(by->tenant, paper.tenant)))
        return problem_set(problem, "not-found", "document", "there is no such document");
    if (open_draft(scheduler, &paper, &candidate, problem))
        return -1;
    int error = dsse_add_text(&candidate.dsse, signature, strlen(signature), problem) ||
                        add_signatures(scheduler, &candidate, NULL, 0, by, problem)
                    ? -1
                    : 0;
    if (!error)
        *ret = candidate.paper;
    candidate_free(&candidate);
    return error;
}

/* It is here already: as a draft it may get more signatures by this, else nothing is left to do. */
static int take_again(struct scheduler *scheduler, const struct dsse *dsse, const struct submitter *by,
    struct paper *paper, struct problem *problem)
{
    struct candidate candidate = { 0 };
    if (check_tenant(by, paper, problem))
        return -1;
    if (paper->state != DOCUMENT_STATE_DRAFT)
        return 0;
    if (open_draft(scheduler, paper, &candidate, problem))
        return -1;
    int error = add_signatures(scheduler, &candidate, dsse->signatures, dsse->n_signatures, by, problem);
    if (!error)
        *paper = candidate.paper;
    candidate_free(&candidate);
    return error;
}

static int take_new(
    struct scheduler *scheduler, struct candidate *candidate, const struct submitter *by, struct problem *problem)
{
    if (candidate_count(scheduler, candidate, candidate->dsse.n_signatures > 0, problem) ||
        candidate_write(candidate, problem))
        return -1;
    if (!candidate->paper.signatures)
        return problem_set(problem, "too-few-signers", "", "nobody whom the trust file knows has signed it");
    if (candidate_is_complete(candidate) ? release_to_log(scheduler, &candidate->paper, problem)
                                         : check_drafts(scheduler, &candidate->paper, problem))
        return -1;
    store(scheduler, candidate, by->actor);
    return 0;
}

int submission_take(struct scheduler *scheduler, const char *dsse, const struct submitter *by, struct paper *ret,
    struct problem *problem)
{
    struct candidate candidate = { 0 };
    if (candidate_read(&candidate, dsse, problem))
        return -1;
    int error = candidate_check(scheduler, &candidate, problem);
    if (!error) {
        candidate_fill(scheduler, &candidate, by);
        error = check_place(scheduler, by, &candidate.paper, problem)
                    ? -1
                    : candidate_find(scheduler, &candidate, ret, problem);
    }
    if (error > 0) {
        error = take_again(scheduler, &candidate.dsse, by, ret, problem);
    } else if (!error) {
        error = take_new(scheduler, &candidate, by, problem);
        *ret = error ? *ret : candidate.paper;
    }
    candidate_free(&candidate);
    return error;
}
