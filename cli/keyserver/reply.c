#include <stdio.h>
#include <stdlib.h>

#include "cli/ask.h"
#include "cli/keyserver/request.h"
#include "lib/clock.h"
#include "lib/log.h"

#define DEADLINE_MS 20000
#define RANGES_BYTES 4097 /* fields.def, and NUL: 512 numbers have room */

static void nothing(void *arg, const void *reply)
{
    (void)arg;
    (void)reply;
}

static int ask_server(struct keyserver *server, enum call call, json_t *fields, struct problem *problem)
{
    enum outcome outcome =
        fields ? ask(server->cli, call, fields, DEADLINE_MS, nothing, NULL, problem)
               : (enum outcome)(problem_set(problem, "no-memory", "", "no memory for an answer"), OUTCOME_REFUSED);
    json_decref(fields);
    return outcome == OUTCOME_OK ? 0 : -1;
}

static int put_envelope(const struct request *request, const struct buf *envelope, struct problem *problem)
{
    char *text = malloc(BASE64_BYTES(envelope->length));
    if (!text)
        return problem_set(problem, "no-memory", "", "no memory for an answer");
    crypto_base64(envelope->data, envelope->length, text);
    int error = ask_server(request->server, CALL_KEYSERVER_PUT,
        json_pack("{sI ss}", "agent", (json_int_t)request->letter->agent, "envelope", text), problem);
    free(text);
    return error;
}

/* Its place is on the disk before the message leaves, where the agent is one that we remember. */
static int answer(struct request *request, const struct envelope_key *to, enum envelope purpose, const void *message,
    bool remembered, struct problem *problem)
{
    const struct keyserver *server = request->server;
    const struct envelope_writer writer = { server->knowledge.trust->body->head.deployment, server->sign, to };
    struct buf envelope = { .limit_bytes = ENVELOPE_BYTES_MAX };
    struct stream_place place = stream_next(&request->streams.out, clock_wall_ms());
    int error = (remembered && agent_streams_save(server->cli, request_agent(request), &request->streams, problem)) ||
                envelope_seal(&writer, purpose, place, message, &envelope, problem) ||
                put_envelope(request, &envelope, problem);
    buf_free(&envelope);
    return error ? -1 : 0;
}

/* 0-6,9: as they were asked for. */
static void ranges_of(const struct envelope_keys_wanted *wanted, char ret[RANGES_BYTES])
{
    size_t length = 0;
    for (size_t i = 0, end; i < wanted->n_rows; i = end) {
        for (end = i + 1; end < wanted->n_rows && wanted->rows[end].segment == wanted->rows[end - 1].segment + 1;)
            end++;
        length += (size_t)snprintf(ret + length, RANGES_BYTES - length, i ? ",%u" : "%u", wanted->rows[i].segment);
        if (end > i + 1)
            length += (size_t)snprintf(ret + length, RANGES_BYTES - length, "-%u", wanted->rows[end - 1].segment);
    }
}

static json_t *record_of(const struct request *request, const struct restore_case *one, const char *ranges)
{
    char sha256[HEX_BYTES(SHA256_BYTES)];
    const struct document_head *head = &one->document.body.head;
    crypto_hex(one->sha256, SHA256_BYTES, sha256);
    return json_pack("{ss ss sI ss sI ss ss ss ss ss}", "did", "unwrapped", "agent", request_agent(request), "agent_id",
        (json_int_t)request->letter->agent, "document", head->document, "document_version", (json_int_t)head->version,
        "document_sha256", sha256, "backup", one->restore->backup, "commit_sha256", one->restore->commit_sha256,
        "source", one->source, "segments", ranges);
}

static json_t *told_of(const struct request *request, const struct restore_case *one, const char *ranges)
{
    char sha256[HEX_BYTES(SHA256_BYTES)];
    crypto_hex(one->sha256, SHA256_BYTES, sha256);
    return json_pack("{sI ss ss ss ss}", "agent", (json_int_t)request->letter->agent, "document",
        one->document.body.head.document, "document_sha256", sha256, "backup", one->restore->backup, "segment_ranges",
        ranges);
}

/* In our own record, then in the server's log, then to the agent; dealt with when all that was done. */
int reply_give(struct request *request, const struct restore_case *one, const struct envelope_key *to,
    const char *wrapped_keys, struct problem *problem)
{
    struct keyserver *server = request->server;
    char ranges[RANGES_BYTES];
    const struct envelope_keys keys = { one->document.body.head.document, request->wanted->commit_sha256,
        wrapped_keys };
    ranges_of(request->wanted, ranges);
    stream_dealt(&request->streams.in, request->opened.place);
    if (record_add(&server->record, record_of(request, one, ranges), clock_wall_ms(), problem) ||
        ask_server(server, CALL_KEYSERVER_TOLD, told_of(request, one, ranges), problem) ||
        answer(request, to, ENVELOPE_KEYS, &keys, true, problem))
        return -1;
    log_info("keyserver.unwrapped", LOG_TEXT("agent", request_agent(request)),
        LOG_TEXT("document", one->document.body.head.document), LOG_TEXT("backup", one->restore->backup),
        LOG_TEXT("segments", ranges));
    return 0;
}

/* What the document is called, as far as it can be read. */
static void name_document(const struct envelope_keys_wanted *wanted, char ret[33])
{
    struct document document;
    snprintf(ret, 33, "%032d", 0);
    if (document_open(wanted->dsse, &document, NULL))
        return;
    snprintf(ret, 33, "%s", document.body.head.document);
    document_free(&document);
}

int reply_refuse(
    struct request *request, const struct envelope_key *to, const struct problem *why, struct problem *problem)
{
    struct keyserver *server = request->server;
    char document[33], reason[201];
    log_warning("keyserver.refused", LOG_TEXT("agent", request_agent(request)), LOG_TEXT("code", why->code),
        LOG_TEXT("reason", why->reason));
    if (!limits_refusal(&server->limits, clock_mono_ms()))
        return 0;
    name_document(request->wanted, document);
    snprintf(reason, sizeof(reason), "%.200s", why->reason);
    const struct envelope_keys_refused refused = { document, request->wanted->commit_sha256, why->code, reason };
    return record_add(&server->record,
               json_pack("{ss ss sI ss ss ss}", "did", "refused", "agent", request_agent(request), "agent_id",
                   (json_int_t)request->letter->agent, "document", document, "code", why->code, "reason", reason),
               clock_wall_ms(), problem) ||
                   ask_server(server, CALL_KEYSERVER_TOLD,
                       json_pack("{sI ss ss ss}", "agent", (json_int_t)request->letter->agent, "document", document,
                           "code", why->code, "reason", reason),
                       problem) ||
                   (to && answer(request, to, ENVELOPE_KEYS_REFUSED, &refused, false, problem))
               ? -1
               : 0;
}
