#include "services/ingest/mailbox/envelopes.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/http/http.h"
#include "lib/message/message.h"
#include "services/ingest/https.h"
#include "services/ingest/ingest.h"
#include "services/ingest/mailbox/base64.h"

#define FETCH_BYTES_MAX (512u << 10) /* of envelopes in one answer */

static int add_row(void *arg, uint64_t number, const void *envelope, size_t bytes)
{
    struct call_agent_fetch_reply *reply = arg;
    struct call_agent_fetch_reply_row *rows = realloc(reply->rows, (reply->n_rows + 1) * sizeof(*rows));
    char *text = rows ? envelope_encode(envelope, bytes) : NULL;
    if (rows)
        reply->rows = rows;
    if (!text)
        return -1;
    rows[reply->n_rows++] = (struct call_agent_fetch_reply_row){ number, text };
    return 0;
}

static int acknowledge(struct ingest *ingest, const struct call_agent_fetch *fetch, struct problem *problem)
{
    struct mailboxes *mailboxes = &ingest->mailboxes;
    /* Its answer need not wait for the disk: what is forgotten again is fetched again, which is harmless. */
    if (!fetch->has_acknowledged)
        return 0;
    return turn_begin(&mailboxes->turn, problem) ||
                   box_acknowledge(&mailboxes->box, fetch->agent, fetch->acknowledged, problem)
               ? -1
               : 0;
}

void take_fetch(struct ingest *ingest, struct http_request *request)
{
    struct mailboxes *mailboxes = &ingest->mailboxes;
    struct call_agent_fetch fetch;
    struct call_agent_fetch_reply reply = { 0 };
    struct problem problem;
    json_t *json;
    if (https_read(ingest, request, &call_agent_fetch_shape, &fetch, &json, &problem)) {
        https_refuse(request, &problem);
        return;
    }
    if (acknowledge(ingest, &fetch, &problem) ||
        box_fetch(&mailboxes->box, fetch.agent, FETCH_BYTES_MAX, add_row, &reply, &reply.more, &problem)) {
        https_refuse(request, &problem);
    } else {
        if (!reply.n_rows)
            rouse_came(&mailboxes->rouse, fetch.agent);
        mailboxes->fetched += reply.n_rows;
        https_answer(request, &call_agent_fetch_reply_shape, &reply);
    }
    for (size_t i = 0; i < reply.n_rows; i++)
        free((char *)reply.rows[i].envelope);
    free(reply.rows);
    json_decref(json);
}

int envelope_take(
    struct ingest *ingest, uint32_t agent, enum addressee addressee, const char *text, struct problem *problem)
{
    uint8_t *envelope;
    size_t bytes;
    if (envelope_decode(text, &envelope, &bytes, problem))
        return -1;
    int error = box_take(&ingest->mailboxes.box, agent, addressee, envelope, bytes, clock_wall_ms(), problem);
    free(envelope);
    return error;
}

static void put_kept(void *arg, const struct problem *failed)
{
    if (failed)
        https_refuse(arg, failed);
    else
        https_answer(arg, &call_agent_put_reply_shape, &(struct call_agent_put_reply){ 0 });
}

/* What was written of one that is refused in the middle is handed over again, and known by its place. */
void take_put(struct ingest *ingest, struct http_request *request)
{
    struct mailboxes *mailboxes = &ingest->mailboxes;
    struct call_agent_put put;
    struct problem problem;
    json_t *json;
    if (https_read(ingest, request, &call_agent_put_shape, &put, &json, &problem)) {
        https_refuse(request, &problem);
        return;
    }
    int error = turn_begin(&mailboxes->turn, &problem);
    for (size_t i = 0; i < put.n_rows && !error; i++)
        error = envelope_take(ingest, put.agent, (enum addressee)put.rows[i].addressee, put.rows[i].envelope, &problem);
    if (error) {
        https_refuse(request, &problem);
    } else {
        mailboxes->taken += put.n_rows;
        turn_promise(&mailboxes->turn, put_kept, request);
        /* At once: whoever stores it makes it durable as well as we do. */
        for (int i = 0; i < ADDRESSEE_COUNT; i++)
            forward_go(&mailboxes->forward[i]);
    }
    message_free(&call_agent_put_shape, &put);
    json_decref(json);
}

static int add_trust(void *arg, uint32_t version, const char *dsse)
{
    struct call_agent_trust_reply *reply = arg;
    struct call_agent_trust_reply_row *rows = realloc(reply->rows, (reply->n_rows + 1) * sizeof(*rows));
    char *text = rows ? strdup(dsse) : NULL;
    if (rows)
        reply->rows = rows;
    if (!text)
        return -1;
    rows[reply->n_rows++] = (struct call_agent_trust_reply_row){ version, text };
    return 0;
}

void take_trust(struct ingest *ingest, struct http_request *request)
{
    struct call_agent_trust_reply reply = { 0 };
    struct problem problem;
    const char *from = http_query(request, "trust_version");
    if (box_trust_each(
            &ingest->mailboxes.box, from ? (uint32_t)strtoul(from, NULL, 10) : 0, add_trust, &reply, &problem))
        https_refuse(request, &problem);
    else
        https_answer(request, &call_agent_trust_reply_shape, &reply);
    for (size_t i = 0; i < reply.n_rows; i++)
        free((char *)reply.rows[i].dsse);
    free(reply.rows);
}
