#include "services/scheduler/documents/calls.h"

#include <stdlib.h>
#include <string.h>

#include "lib/copies.h"
#include "services/scheduler/documents/submission.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/tell.h"

#define LISTED 1000 /* documents in one answer, unless fewer are asked for */

/* Answers that wait until what they tell of is durable. */
struct answering {
    struct scheduler *scheduler;
    struct bus_request *request;
    int64_t number;
    void (*answer)(struct bus_request *, const struct paper *);
};

static void answer_submitted(struct bus_request *request, const struct paper *paper)
{
    const struct call_document_submit_reply reply = {
        .document = paper->document,
        .document_version = paper->version,
        .document_kind = paper->kind,
        .document_sha256 = paper->sha256,
        .document_state = paper->state,
        .signatures = paper->signatures,
        .threshold = paper->threshold,
        .may_sign = paper->may_sign,
    };
    answer_document_submit(request, &reply);
}

static void answer_signed(struct bus_request *request, const struct paper *paper)
{
    const struct call_document_sign_reply reply = {
        .document_state = paper->state,
        .signatures = paper->signatures,
        .threshold = paper->threshold,
        .signers = paper->signers,
        .may_sign = paper->may_sign,
    };
    answer_document_sign(request, &reply);
}

static void answer_drafted(struct bus_request *request, const struct paper *paper)
{
    const struct call_document_draft_reply reply = {
        .document = paper->document,
        .document_version = paper->version,
        .document_kind = paper->kind,
        .document_sha256 = paper->sha256,
        .threshold = paper->threshold,
        .may_sign = paper->may_sign,
    };
    answer_document_draft(request, &reply);
}

void document_answer(struct scheduler *scheduler, struct bus_request *request, int64_t number)
{
    struct paper paper;
    struct problem problem;
    if (documents_get(scheduler->records, number, &paper)) {
        answer_submitted(request, &paper);
        return;
    }
    problem_set(&problem, "not-found", "document", "there is no such document");
    bus_refuse(request, &problem);
}

static void answer_durable(void *arg)
{
    struct answering *answering = arg;
    struct paper paper;
    documents_get(answering->scheduler->records, answering->number, &paper);
    answering->answer(answering->request, &paper);
    free(answering);
}

static void answer_when_durable(struct scheduler *scheduler, struct bus_request *request, int64_t number,
    void (*answer)(struct bus_request *, const struct paper *))
{
    struct answering *answering = malloc(sizeof(*answering));
    struct problem problem;
    if (answering) {
        *answering = (struct answering){ scheduler, request, number, answer };
        if (!records_then(scheduler->records, answer_durable, answering))
            return;
    }
    free(answering);
    problem_set(&problem, "no-memory", "", "no memory");
    bus_refuse(request, &problem);
}

void serve_document_submit(struct bus_request *request, const struct call_document_submit *in)
{
    struct scheduler *scheduler = scheduler_of(request);
    const struct submitter by = { bus_request_actor(request), in->tenant };
    struct problem problem;
    struct paper paper;
    if (submission_take(scheduler, in->dsse, &by, &paper, &problem)) {
        tell_refused(scheduler, &problem, by.actor);
        bus_refuse(request, &problem);
    } else if (paper.state == DOCUMENT_STATE_SIGNED) {
        logging_wait(scheduler, request, paper.number);
    } else {
        answer_when_durable(scheduler, request, paper.number, answer_submitted);
    }
}

void serve_document_sign(struct bus_request *request, const struct call_document_sign *in)
{
    struct scheduler *scheduler = scheduler_of(request);
    const struct submitter by = { bus_request_actor(request), in->tenant };
    struct problem problem;
    struct paper paper;
    uint32_t version = in->has_document_version ? in->document_version : 0;
    if (submission_sign(scheduler, in->document, version, in->signature, &by, &paper, &problem)) {
        tell_refused(scheduler, &problem, by.actor);
        bus_refuse(request, &problem);
        return;
    }
    answer_when_durable(scheduler, request, paper.number, answer_signed);
}

static int decode_payload(const char *text, char **ret, size_t *ret_bytes, struct problem *problem)
{
    size_t length = strlen(text);
    *ret = malloc(length / 4 * 3 + 1);
    if (!*ret)
        return problem_set(problem, "no-memory", "", "no memory");
    if (crypto_unbase64(text, length, *ret, length / 4 * 3 + 1, ret_bytes)) {
        free(*ret);
        return problem_set(problem, "bad-field", "payload", "payload is no base64");
    }
    return 0;
}

void serve_document_draft(struct bus_request *request, const struct call_document_draft *in)
{
    struct scheduler *scheduler = scheduler_of(request);
    const struct submitter by = { bus_request_actor(request), in->tenant };
    struct problem problem;
    struct paper paper;
    char *payload;
    size_t bytes;
    int error = decode_payload(in->payload, &payload, &bytes, &problem);
    if (!error) {
        error = submission_draft(scheduler, payload, bytes, &by, &paper, &problem);
        free(payload);
    }
    if (error)
        bus_refuse(request, &problem);
    else
        answer_when_durable(scheduler, request, paper.number, answer_drafted);
}

struct listing {
    struct copies copies;
    struct call_document_list_reply_row *rows;
    size_t n;
};

static void list_one(void *arg, const struct paper *paper)
{
    struct listing *listing = arg;
    listing->rows[listing->n++] = (struct call_document_list_reply_row){
        .document = copies_add(&listing->copies, paper->document),
        .document_version = paper->version,
        .document_kind = paper->kind,
        .document_state = paper->state,
        .title = copies_add(&listing->copies, paper->title),
        .maker = copies_add(&listing->copies, paper->maker),
        .made_at = paper->made_ms,
        .expires = paper->expires_ms,
        .document_sha256 = copies_add(&listing->copies, paper->sha256),
        .signatures = paper->signatures,
        .threshold = paper->threshold,
        .signers = copies_add(&listing->copies, paper->signers),
        .may_sign = copies_add(&listing->copies, paper->may_sign),
    };
}

void serve_document_list(struct bus_request *request, const struct call_document_list *in)
{
    struct scheduler *scheduler = scheduler_of(request);
    struct listing listing = { .rows = calloc(LISTED, sizeof(*listing.rows)) };
    struct problem problem;
    uint32_t limit = in->has_limit && in->limit < LISTED ? in->limit : LISTED;
    if (!listing.rows) {
        problem_set(&problem, "no-memory", "", "no memory");
        bus_refuse(request, &problem);
        return;
    }
    documents_each(scheduler->records, in->tenant, in->has_document_kind ? in->document_kind : -1,
        in->has_document_state ? in->document_state : -1, limit, list_one, &listing);
    const struct call_document_list_reply reply = { .n_rows = listing.n, .rows = listing.rows };
    answer_document_list(request, &reply);
    free(listing.rows);
    copies_free(&listing.copies);
}

void serve_document_get(struct bus_request *request, const struct call_document_get *in)
{
    struct scheduler *scheduler = scheduler_of(request);
    struct problem problem;
    struct paper paper;
    struct paper_texts texts;
    uint32_t version = in->has_document_version ? in->document_version : 0;
    if (!documents_find(
            scheduler->records, in->document, in->has_document_kind ? in->document_kind : -1, version, &paper) ||
        (in->tenant && strcmp(in->tenant, paper.tenant))) {
        problem_set(&problem, "not-found", "document", "there is no such document");
        bus_refuse(request, &problem);
        return;
    }
    documents_texts(scheduler->records, paper.number, &texts);
    const struct call_document_get_reply reply = {
        .document = paper.document,
        .document_version = paper.version,
        .document_kind = paper.kind,
        .document_state = paper.state,
        .title = paper.title,
        .document_sha256 = paper.sha256,
        .maker = paper.maker,
        .made_at = paper.made_ms,
        .expires = paper.expires_ms,
        .signatures = paper.signatures,
        .threshold = paper.threshold,
        .signers = paper.signers,
        .may_sign = paper.may_sign,
        .dsse = texts.dsse,
        .has_class = paper.sequence >= 0,
        .class = CLASS_OPS,
        .has_sequence = paper.sequence >= 0,
        .sequence = (uint64_t)paper.sequence,
        .receipt = texts.receipt,
    };
    answer_document_get(request, &reply);
    documents_texts_free(&texts);
}
