/* The restore key service, on another machine: it comes by the portal for what agents wrote to it, tells what it did,
 * and lays its answers into their mailboxes. Nothing here can read either. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/bus/bus.h"
#include "services/ingest/ingest.h"
#include "services/ingest/mailbox/base64.h"
#include "services/ingest/mailbox/delivery.h"

#define FETCH_ENVELOPES_MAX 16
#define FETCH_BYTES_MAX (384u << 10) /* of envelopes in one answer, unless one is longer: a message of the bus holds a MiB */

static void add_key(void *arg, const struct agent_row *row)
{
    struct call_keyserver_fetch_reply_row *to = arg;
    if (row->sign_key)
        to->sign_key = strdup(row->sign_key);
}

/* 1: a row more. An envelope of an agent that has no keys, or is gone, is opened by nobody; it is passed over. */
static int add_row(struct ingest *ingest, uint64_t number, uint32_t agent, const struct buf *envelope,
    struct call_keyserver_fetch_reply *reply, struct problem *problem)
{
    struct call_keyserver_fetch_reply_row *row = &reply->rows[reply->n_rows];
    *row = (struct call_keyserver_fetch_reply_row){ .number = number, .agent = agent };
    if (registry_each(&ingest->registry, agent, agent, add_key, row, problem))
        return -1;
    if (!row->sign_key)
        return 0;
    char *text = envelope_encode(envelope->data, envelope->length);
    if (!text) {
        free((char *)row->sign_key);
        return problem_set(problem, "no-memory", "", "no memory for an envelope");
    }
    row->envelope = text;
    reply->n_rows++;
    return 1;
}

static int fill(struct ingest *ingest, struct call_keyserver_fetch_reply *reply, struct problem *problem)
{
    uint64_t number = 0;
    size_t bytes = 0;
    for (;;) {
        struct buf envelope = { 0 };
        uint32_t agent;
        int found = box_next(
            &ingest->mailboxes.box, ADDRESSEE_KEYSERVER, number, NULL, NULL, &number, &agent, &envelope, problem);
        reply->more = found > 0 && (reply->n_rows == FETCH_ENVELOPES_MAX ||
                                       (reply->n_rows && bytes + envelope.length > FETCH_BYTES_MAX));
        if (found > 0 && !reply->more) {
            bytes += envelope.length;
            if (add_row(ingest, number, agent, &envelope, reply, problem) < 0)
                found = -1;
        }
        buf_free(&envelope);
        if (found <= 0 || reply->more)
            return found < 0 ? -1 : 0;
    }
}

void serve_keyserver_fetch(struct bus_request *request, const struct call_keyserver_fetch *in)
{
    struct ingest *ingest = ingest_of(request);
    struct mailboxes *mailboxes = &ingest->mailboxes;
    struct call_keyserver_fetch_reply_row rows[FETCH_ENVELOPES_MAX];
    struct call_keyserver_fetch_reply reply = { .rows = rows };
    struct problem problem;
    int error = 0;
    if (in->has_acknowledged)
        error = turn_begin(&mailboxes->turn, &problem) ||
                box_taken_through(&mailboxes->box, ADDRESSEE_KEYSERVER, in->acknowledged, &problem);
    error = error || fill(ingest, &reply, &problem);
    if (error)
        bus_refuse(request, &problem);
    else
        answer_keyserver_fetch(request, &reply);
    for (size_t i = 0; i < reply.n_rows; i++) {
        free((char *)rows[i].sign_key);
        free((char *)rows[i].envelope);
    }
}

static void answer_put(struct bus_request *request, uint64_t number)
{
    answer_keyserver_put(request, &(struct call_keyserver_put_reply){ number });
}

void serve_keyserver_put(struct bus_request *request, const struct call_keyserver_put *in)
{
    envelope_deliver(request, in->agent, in->envelope, answer_put);
}

static void stored(void *arg, const struct problem *refused)
{
    if (refused)
        bus_refuse(arg, refused);
    else
        answer_keyserver_told(arg, &(struct call_keyserver_told_reply){ 0 });
}

static int emit(struct bus_request *request, const struct event_about *about, const struct call_keyserver_told *in)
{
    struct bus *bus = ingest_of(request)->program.bus;
    if (in->code)
        return emit_keys_refused(bus, about,
            &(struct event_keys_refused){ in->agent, in->document, in->code, in->reason ? in->reason : in->code },
            stored, request);
    return emit_keys_unwrapped(bus, about,
        &(struct event_keys_unwrapped){ in->agent, in->document, in->document_sha256, in->backup, in->segment_ranges },
        stored, request);
}

void serve_keyserver_told(struct bus_request *request, const struct call_keyserver_told *in)
{
    struct ingest *ingest = ingest_of(request);
    struct problem problem;
    char subject[24];
    if (!agent_is_there(ingest, request, in->agent))
        return;
    if (!in->code && (!in->backup || !in->segment_ranges)) {
        problem_set(&problem, "missing-field", "segment_ranges", "what was unwrapped is a backup and its segments");
        bus_refuse(request, &problem);
        return;
    }
    snprintf(subject, sizeof(subject), "agent/%" PRIu32, in->agent);
    const struct event_about about = {
        .tenant = ingest->sites.all[ingest->hot.site[in->agent]].tenant,
        .subject = subject,
        .actor = bus_request_actor(request),
    };
    if (emit(request, &about, in)) {
        problem_set(&problem, "log-unavailable", "", "the log takes no events at the moment; try again later");
        bus_refuse(request, &problem);
    }
}
