#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/keyserver/keyserver.h"
#include "cli/keyserver/streams.h"
#include "lib/clock.h"
#include "lib/envelope.h"
#include "lib/log.h"

#define DEADLINE_MS 20000
#define RANGES_BYTES 4097 /* fields.def, and NUL: 512 numbers have room */

/* One envelope that was opened. */
struct request {
    struct keyserver *server;
    const struct letter *letter;
    struct envelope_key *sender; /* the agent's */
    struct envelope_opened opened;
    struct agent_streams streams;
    const struct envelope_keys_wanted *wanted;
};

static const char *agent_of(const struct request *request)
{
    return envelope_key_fingerprint(request->sender);
}

/* ---- Opening ---- */

static const struct envelope_key *signer(void *arg, const char *fingerprint, unsigned *ret_peer)
{
    const struct envelope_key *sender = arg;
    *ret_peer = 0;
    return strcmp(envelope_key_fingerprint(sender), fingerprint) ? NULL : sender;
}

static int open_envelope(struct request *request, struct problem *problem)
{
    const struct keyserver *server = request->server;
    const struct envelope_key *own[] = { server->seal };
    const struct envelope_reader reader = { server->knowledge.trust->body->head.deployment, PEER_KEYSERVER, own, 1,
        signer, request->sender };
    size_t length = strlen(request->letter->envelope), bytes;
    uint8_t *data = malloc(length + 1);
    int error = !data || crypto_unbase64(request->letter->envelope, length, data, length, &bytes)
                    ? problem_set(problem, "bad-envelope", "", "not an envelope")
                    : envelope_open(&reader, data, bytes, &request->opened, problem);
    free(data);
    return error;
}

/* ---- What is told, and answered ---- */

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
    int error = (remembered && agent_streams_save(server->cli, agent_of(request), &request->streams, problem)) ||
                envelope_seal(&writer, purpose, place, message, &envelope, problem) ||
                put_envelope(request, &envelope, problem);
    buf_free(&envelope);
    return error ? -1 : 0;
}

/* ---- Granted ---- */

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
    return json_pack("{ss ss sI ss sI ss ss ss ss ss}", "did", "unwrapped", "agent", agent_of(request), "agent_id",
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
static int give(struct request *request, const struct restore_case *one, const struct envelope_key *to,
    const struct envelope_keys *keys, struct problem *problem)
{
    struct keyserver *server = request->server;
    char ranges[RANGES_BYTES];
    ranges_of(request->wanted, ranges);
    stream_dealt(&request->streams.in, request->opened.place);
    if (record_add(&server->record, record_of(request, one, ranges), clock_wall_ms(), problem) ||
        ask_server(server, CALL_KEYSERVER_TOLD, told_of(request, one, ranges), problem) ||
        answer(request, to, ENVELOPE_KEYS, keys, true, problem))
        return -1;
    log_info("keyserver.unwrapped", LOG_TEXT("agent", agent_of(request)),
        LOG_TEXT("document", one->document.body.head.document), LOG_TEXT("backup", one->restore->backup),
        LOG_TEXT("segments", ranges));
    return 0;
}

static void keys_free(struct envelope_keys *keys)
{
    for (size_t i = 0; keys->rows && i < keys->n_rows; i++)
        free((char *)keys->rows[i].recipients);
    free(keys->rows);
}

static int wrap_one(const struct restore_case *one, const struct commit *commit, const struct verdict_keys *own,
    const struct envelope_keys_wanted_row *wanted, struct envelope_keys_row *ret, struct problem *problem)
{
    struct buf wrapped = { .limit_bytes = BULK_HEAD_BYTES_MAX };
    int error = verdict_key(one, commit, own, wanted->segment, wanted->recipients, &wrapped, problem);
    char *text = error ? NULL : malloc(BASE64_BYTES(wrapped.length));
    if (text)
        crypto_base64(wrapped.data, wrapped.length, text);
    else if (!error)
        error = problem_set(problem, "no-memory", "", "no memory for keys");
    *ret = (struct envelope_keys_row){ wanted->segment, text };
    buf_free(&wrapped);
    return error;
}

/* All of them or none. */
static int wrap(struct request *request, const struct restore_case *one, const struct commit *commit,
    const struct envelope_key *to, struct envelope_keys *ret, struct problem *problem)
{
    const struct envelope_keys_wanted *wanted = request->wanted;
    struct verdict_keys own = { .n = request->server->n_keys, .to = to };
    memcpy(own.own, request->server->keys, sizeof(own.own));
    *ret = (struct envelope_keys){ one->document.body.head.document, wanted->commit_sha256, 0,
        calloc(wanted->n_rows + 1, sizeof(*ret->rows)) };
    if (!ret->rows)
        return problem_set(problem, "no-memory", "", "no memory for keys");
    for (size_t i = 0; i < wanted->n_rows; i++) {
        if (wrap_one(one, commit, &own, &wanted->rows[i], &ret->rows[ret->n_rows++], problem))
            return -1;
    }
    return 0;
}

/* ---- Judged ---- */

enum judged { JUDGED_GIVEN, JUDGED_REFUSED, JUDGED_LATER };

static enum judged grant(struct request *request, const struct restore_case *one, const struct commit *commit,
    const struct envelope_key *to, struct problem *problem)
{
    const struct envelope_keys_wanted *wanted = request->wanted;
    struct envelope_keys keys = { 0 };
    enum judged judged = JUDGED_REFUSED;
    if (!limits_keys(&request->server->limits, one->document.body.head.document, (uint32_t)commit->n_segments,
            (uint32_t)wanted->n_rows, clock_wall_ms(), problem) &&
        !wrap(request, one, commit, to, &keys, problem))
        judged = give(request, one, to, &keys, problem) ? JUDGED_LATER : JUDGED_GIVEN;
    keys_free(&keys);
    return judged;
}

static enum judged judge_request(struct request *request, const struct envelope_key *to, struct problem *problem)
{
    struct keyserver *server = request->server;
    const struct envelope_keys_wanted *wanted = request->wanted;
    const struct keyserver_known known = knowledge_now(&server->knowledge);
    struct restore_case one;
    struct commit commit;
    if (!wanted->n_rows || wanted->n_rows > KEYSERVER_ROWS_MAX) {
        problem_set(problem, "too-many", "segment", "from 1 to %d keys are asked for at a time", KEYSERVER_ROWS_MAX);
        return JUDGED_REFUSED;
    }
    if (verdict_document(&known, agent_of(request), wanted, &one, problem))
        return JUDGED_REFUSED;
    const struct buf *object = commits_find(&server->commits, agent_of(request), wanted->commit_sha256);
    enum judged judged = JUDGED_REFUSED;
    if (!verdict_commit(&one, object ? object->data : NULL, object ? object->length : 0, &commit, problem)) {
        judged = grant(request, &one, &commit, to, problem);
        commit_free(&commit);
    }
    restore_case_free(&one);
    return judged;
}

/* ---- Refused ---- */

/* What the document is called, as far as it can be read. */
static void name_document(const struct envelope_keys_wanted *wanted, char ret[33])
{
    struct dsse dsse;
    struct document document;
    snprintf(ret, 33, "%032d", 0);
    if (dsse_parse(wanted->dsse, strlen(wanted->dsse), &dsse, NULL))
        return;
    if (!document_parse(&dsse, &document, NULL)) {
        snprintf(ret, 33, "%s", document.body.head.document);
        document_free(&document);
    }
    dsse_free(&dsse);
}

static int refuse(struct request *request, const struct envelope_key *to, const struct problem *why,
    struct problem *problem)
{
    struct keyserver *server = request->server;
    char document[33], reason[201];
    log_warning("keyserver.refused", LOG_TEXT("agent", agent_of(request)), LOG_TEXT("code", why->code),
        LOG_TEXT("reason", why->reason));
    if (!limits_refusal(&server->limits, clock_wall_ms()))
        return 0;
    name_document(request->wanted, document);
    snprintf(reason, sizeof(reason), "%.200s", why->reason);
    const struct envelope_keys_refused refused = { document, request->wanted->commit_sha256, why->code, reason };
    return record_add(&server->record,
               json_pack("{ss ss sI ss ss ss}", "did", "refused", "agent", agent_of(request), "agent_id",
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

/* ---- One envelope ---- */

static int take_wanted(struct request *request, struct problem *problem)
{
    struct problem why;
    request->wanted = request->opened.message;
    struct envelope_key *to = envelope_key_public(request->wanted->seal_key, &why);
    enum judged judged = to ? judge_request(request, to, &why) : JUDGED_REFUSED;
    int error = 0;
    if (judged == JUDGED_REFUSED)
        error = refuse(request, to, &why, problem);
    else if (judged == JUDGED_LATER && problem)
        *problem = why;
    envelope_key_free(to);
    return error || judged == JUDGED_LATER ? -1 : 0;
}

static int take_opened(struct request *request, struct problem *problem)
{
    struct problem why;
    size_t index;
    const struct stream_held held = { request->opened.place, 0 }; /* a gap is not waited for: agents ask again */
    if (agent_streams_load(request->server->cli, agent_of(request), &request->streams, problem))
        return -1;
    if (stream_choose(&request->streams.in, &held, 1, clock_wall_ms(), &index) != STREAM_DEAL) {
        log_warning("keyserver.refused", LOG_TEXT("agent", agent_of(request)), LOG_TEXT("code", "replayed"),
            LOG_TEXT("reason", "the request was dealt with before"));
        return 0;
    }
    if (request->opened.purpose == ENVELOPE_KEYS_WANTED)
        return take_wanted(request, problem);
    if (commits_add(&request->server->commits, agent_of(request), request->opened.message, &why))
        log_problem(LOG_LEVEL_WARNING, "keyserver.not-taken", &why);
    return 0;
}

int request_take(struct keyserver *server, const struct letter *letter, struct problem *problem)
{
    struct request request = { .server = server, .letter = letter };
    struct problem why;
    request.sender = envelope_key_public(letter->sign_key, &why);
    int error = 0;
    if (!request.sender || open_envelope(&request, &why)) {
        /* By nobody: there is no one to answer. */
        log_problem(LOG_LEVEL_WARNING, "keyserver.not-opened", &why);
    } else {
        error = take_opened(&request, problem);
        envelope_opened_free(&request.opened);
    }
    envelope_key_free(request.sender);
    return error;
}
