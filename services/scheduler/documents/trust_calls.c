/* trust.publish, trust.get, scheduler.keys, status.publish and status.get. */
#include <stdlib.h>

#include "lib/copies.h"
#include "services/scheduler/documents/chain.h"
#include "services/scheduler/documents/publish.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/tell.h"

#define CHAIN_LISTED 64 /* trust files in one answer; there is a version to go on from */

static void no_memory(struct bus_request *request)
{
    struct problem problem;
    problem_set(&problem, "no-memory", "", "no memory");
    bus_refuse(request, &problem);
}

static void answer_trust(void *request)
{
    struct scheduler *scheduler = scheduler_of(request);
    char sha256[HEX_BYTES(SHA256_BYTES)];
    const struct trust *newest = scheduler->trusted.own.newest;
    crypto_hex(newest->sha256, SHA256_BYTES, sha256);
    const struct call_trust_publish_reply reply = { .trust_version = newest->body->head.version,
        .document_sha256 = sha256 };
    answer_trust_publish(request, &reply);
}

void serve_trust_publish(struct bus_request *request, const struct call_trust_publish *in)
{
    struct scheduler *scheduler = scheduler_of(request);
    struct problem problem;
    struct paper paper;
    if (publish_trust(scheduler, in->dsse, bus_request_actor(request), &paper, &problem)) {
        tell_refused(scheduler, &problem, bus_request_actor(request));
        bus_refuse(request, &problem);
    } else if (records_then(scheduler->records, answer_trust, request)) {
        no_memory(request);
    }
}

struct chain_listing {
    struct copies copies;
    struct call_trust_get_reply_row *rows;
    size_t n;
};

static void list_version(
    void *arg, uint32_t version, const char *sha256, const char *signers, int64_t made_ms, const char *dsse)
{
    struct chain_listing *listing = arg;
    listing->rows[listing->n++] = (struct call_trust_get_reply_row){
        .trust_version = version,
        .document_sha256 = copies_add(&listing->copies, sha256),
        .made_at = made_ms,
        .signers = copies_add(&listing->copies, signers),
        .dsse = copies_add(&listing->copies, dsse),
    };
}

void serve_trust_get(struct bus_request *request, const struct call_trust_get *in)
{
    struct chain_listing listing = { .rows = calloc(CHAIN_LISTED, sizeof(*listing.rows)) };
    if (!listing.rows) {
        no_memory(request);
        return;
    }
    chain_from(scheduler_of(request)->records, in->has_trust_version ? in->trust_version : 1, CHAIN_LISTED,
        list_version, &listing);
    const struct call_trust_get_reply reply = { listing.n, listing.rows };
    answer_trust_get(request, &reply);
    free(listing.rows);
    copies_free(&listing.copies);
}

void serve_scheduler_keys(struct bus_request *request, const struct call_scheduler_keys *in)
{
    struct own_keys_offer offer;
    struct problem problem;
    (void)in;
    if (own_keys_offer(scheduler_of(request)->program.name, &offer, &problem))
        bus_refuse(request, &problem);
    else
        answer_scheduler_keys(request, &(struct call_scheduler_keys_reply){ offer.sign_key, offer.seal_key });
}

static void answer_status(void *request)
{
    answer_status_publish(request, &(struct call_status_publish_reply){ 0 });
}

void serve_status_publish(struct bus_request *request, const struct call_status_publish *in)
{
    struct scheduler *scheduler = scheduler_of(request);
    struct problem problem;
    struct paper paper;
    if (publish_status(scheduler, in->dsse, bus_request_actor(request), &paper, &problem)) {
        tell_refused(scheduler, &problem, bus_request_actor(request));
        bus_refuse(request, &problem);
    } else if (records_then(scheduler->records, answer_status, request)) {
        no_memory(request);
    }
}

void serve_status_get(struct bus_request *request, const struct call_status_get *in)
{
    struct scheduler *scheduler = scheduler_of(request);
    const struct trust *newest = scheduler->trusted.own.newest;
    struct paper_texts texts = { 0 };
    struct paper paper;
    (void)in;
    bool found = documents_newest(scheduler->records, DOCUMENT_KIND_STATUS, &paper);
    if (found)
        documents_texts(scheduler->records, paper.number, &texts);
    const struct call_status_get_reply reply = {
        .has_stated_at = found,
        .stated_at = found ? paper.made_ms : 0,
        .has_trust_version = newest,
        .trust_version = newest ? newest->body->head.version : 0,
        .dsse = texts.dsse,
    };
    answer_status_get(request, &reply);
    documents_texts_free(&texts);
}
