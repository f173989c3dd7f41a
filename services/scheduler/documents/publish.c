#include "services/scheduler/documents/publish.h"

#include <stdio.h>
#include <string.h>

#include "services/scheduler/delivery/deliveries.h"
#include "services/scheduler/scheduler.h"

static int read_document(
    const char *text, enum document_kind kind, struct dsse *ret_dsse, struct document *ret, struct problem *problem)
{
    if (dsse_parse(text, strlen(text), ret_dsse, problem))
        return -1;
    if (ret_dsse->kind != kind) {
        problem_set(
            problem, "other-kind", "dsse", "this is a document of kind %s", document_kind_words[ret_dsse->kind]);
    } else if (!document_parse(ret_dsse, ret, problem)) {
        return 0;
    }
    dsse_free(ret_dsse);
    return -1;
}

static void fill(const struct dsse *dsse, const struct document_head *head, const char *actor, struct paper *ret)
{
    *ret = (struct paper){
        .version = head->version,
        .kind = (enum document_kind)head->kind,
        .state = DOCUMENT_STATE_LOGGED,
        .made_ms = head->made_at,
        .not_before_ms = head->not_before,
        .expires_ms = head->expires,
        .sequence = -1,
    };
    snprintf(ret->document, sizeof(ret->document), "%s", head->document);
    snprintf(ret->title, sizeof(ret->title), "%s", head->title);
    snprintf(ret->maker, sizeof(ret->maker), "%s", actor);
    crypto_hex(dsse->sha256, SHA256_BYTES, ret->sha256);
}

/* There is one of its kind in a deployment. An older status goes nowhere any more; an older trust file does, for agents
 * follow each version to the next. */
static void replace(struct scheduler *scheduler, enum document_kind kind)
{
    struct paper older;
    if (!documents_newest(scheduler->records, kind, &older))
        return;
    if (kind == DOCUMENT_KIND_STATUS)
        deliveries_withdraw(scheduler->records, older.number);
    documents_state(scheduler->records, older.number, DOCUMENT_STATE_REPLACED);
}

static int store(struct scheduler *scheduler, struct paper *paper, const struct signers *signers, const char *dsse,
    struct problem *problem)
{
    if (paper->kind == DOCUMENT_KIND_STATUS)
        snprintf(paper->signers, sizeof(paper->signers), "status key");
    else
        trusted_names(&scheduler->trusted, signers, paper->signers, sizeof(paper->signers), paper->may_sign,
            sizeof(paper->may_sign));
    paper->signatures = signers->count;
    paper->threshold = signers->threshold;
    if (logging_tell(scheduler, paper, problem))
        return -1;
    replace(scheduler, paper->kind);
    documents_add(scheduler->records, paper, dsse);
    scheduler->counts.documents++;
    scheduler_look(scheduler);
    return 0;
}

static int follow(struct scheduler *scheduler, const struct dsse *dsse, const char *text, struct paper *paper,
    struct problem *problem)
{
    struct signers signers;
    if (trusted_follow(scheduler, text, problem))
        return -1;
    trusted_verify(&scheduler->trusted, dsse, &signers, problem);
    if (store(scheduler, paper, &signers, text, problem))
        return -1;
    trusted_keep(scheduler);
    return 0;
}

/* Handed over again, as after an answer that was lost. */
static bool is_newest(const struct scheduler *scheduler, const struct paper *paper)
{
    struct paper newest;
    return documents_newest(scheduler->records, paper->kind, &newest) && !strcmp(newest.sha256, paper->sha256);
}

int publish_trust(
    struct scheduler *scheduler, const char *text, const char *actor, struct paper *ret, struct problem *problem)
{
    struct dsse dsse;
    struct document document;
    struct paper paper;
    if (read_document(text, DOCUMENT_KIND_TRUST, &dsse, &document, problem))
        return -1;
    fill(&dsse, &document.body.head, actor, &paper);
    int error = is_newest(scheduler, &paper) ? 0 : follow(scheduler, &dsse, text, &paper, problem);
    if (!error)
        *ret = paper;
    document_free(&document);
    dsse_free(&dsse);
    return error;
}

static int check_status(struct scheduler *scheduler, const struct document *document, struct problem *problem)
{
    const char *deployment = own_trust_deployment(&scheduler->trusted.own);
    const struct document_head *head = &document->body.head;
    struct paper newest;
    if (!deployment)
        return problem_set(problem, "no-trust", "", "there is no trust file yet");
    if (strcmp(head->deployment, deployment))
        return problem_set(problem, "other-deployment", "deployment", "the status is of another deployment");
    if (documents_newest(scheduler->records, DOCUMENT_KIND_STATUS, &newest) &&
        (newest.made_ms > head->made_at || newest.version >= head->version))
        return problem_set(problem, "old-status", "made_at", "a newer status is here already");
    return 0;
}

int publish_status(
    struct scheduler *scheduler, const char *text, const char *actor, struct paper *ret, struct problem *problem)
{
    struct dsse dsse;
    struct document document;
    struct signers signers;
    struct paper paper;
    if (read_document(text, DOCUMENT_KIND_STATUS, &dsse, &document, problem))
        return -1;
    fill(&dsse, &document.body.head, actor, &paper);
    int error = is_newest(scheduler, &paper) ? 0
                : check_status(scheduler, &document, problem) ||
                        trusted_verify(&scheduler->trusted, &dsse, &signers, problem) ||
                        store(scheduler, &paper, &signers, text, problem)
                    ? -1
                    : 0;
    if (!error)
        *ret = paper;
    document_free(&document);
    dsse_free(&dsse);
    return error;
}
