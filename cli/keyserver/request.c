#include <stdlib.h>
#include <string.h>

#include "cli/keyserver/request.h"
#include "lib/clock.h"
#include "lib/log.h"

#define KEYS_BYTES_MAX 349528 /* fields.def, wrapped_keys: 512 of P-256 take 190 kB */

const char *request_agent(const struct request *request)
{
    return envelope_key_fingerprint(request->sender);
}

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

/* A line of the answer. */
static int wrap_one(const struct restore_case *one, const struct commit *commit, const struct verdict_keys *own,
    const struct envelope_keys_wanted_row *wanted, struct buf *ret, struct problem *problem)
{
    struct buf wrapped = { .limit_bytes = BULK_HEAD_BYTES_MAX };
    int error = verdict_key(one, commit, own, wanted->segment, wanted->recipients, &wrapped, problem);
    char text[BASE64_BYTES(BULK_HEAD_BYTES_MAX)];
    if (!error) {
        crypto_base64(wrapped.data, wrapped.length, text);
        if (buf_format(ret, "%u %s\n", wanted->segment, text))
            error = problem_set(problem, "no-memory", "", "no memory for keys");
    }
    buf_free(&wrapped);
    return error;
}

/* All of them or none. */
static int wrap(const struct request *request, const struct restore_case *one, const struct commit *commit,
    const struct envelope_key *to, struct buf *ret, struct problem *problem)
{
    const struct envelope_keys_wanted *wanted = request->wanted;
    struct verdict_keys own = { .n = request->server->n_keys, .to = to };
    memcpy(own.own, request->server->keys, sizeof(own.own));
    for (size_t i = 0; i < wanted->n_rows; i++) {
        if (wrap_one(one, commit, &own, &wanted->rows[i], ret, problem))
            return -1;
    }
    return 0;
}

enum judged { JUDGED_GIVEN, JUDGED_REFUSED, JUDGED_LATER };

static enum judged grant(struct request *request, const struct restore_case *one, const struct commit *commit,
    const struct envelope_key *to, struct problem *problem)
{
    const struct envelope_keys_wanted *wanted = request->wanted;
    struct buf keys = { .limit_bytes = KEYS_BYTES_MAX };
    enum judged judged = JUDGED_REFUSED;
    if (!limits_keys(&request->server->limits, one->document.body.head.document, (uint32_t)commit->n_segments,
            (uint32_t)wanted->n_rows, clock_mono_ms(), problem) &&
        !wrap(request, one, commit, to, &keys, problem))
        judged = reply_give(request, one, to, keys.data, problem) ? JUDGED_LATER : JUDGED_GIVEN;
    buf_free(&keys);
    return judged;
}

/* Before anything is given: what this version replaced is asked with no more. */
static enum judged note(
    struct keyserver *server, const struct restore_case *one, int64_t now_ms, struct problem *problem)
{
    if (!newest_note(&server->newest, &one->restore->head, one->sha256, now_ms, problem))
        return JUDGED_GIVEN;
    return strcmp(problem->code, "too-many") ? JUDGED_LATER : JUDGED_REFUSED;
}

static enum judged judge_commit(
    struct request *request, const struct restore_case *one, const struct envelope_key *to, struct problem *problem)
{
    struct commit commit;
    const struct buf *object =
        commits_find(&request->server->commits, request_agent(request), request->wanted->commit_sha256);
    if (verdict_commit(one, object ? object->data : NULL, object ? object->length : 0, &commit, problem))
        return JUDGED_REFUSED;
    enum judged judged = grant(request, one, &commit, to, problem);
    commit_free(&commit);
    return judged;
}

static enum judged judge_request(struct request *request, const struct envelope_key *to, struct problem *problem)
{
    struct keyserver *server = request->server;
    const struct envelope_keys_wanted *wanted = request->wanted;
    struct keyserver_known known = knowledge_now(&server->knowledge);
    struct restore_case one;
    if (!wanted->n_rows || wanted->n_rows > KEYSERVER_ROWS_MAX) {
        problem_set(problem, "too-many", "segment", "from 1 to %d keys are asked for at a time", KEYSERVER_ROWS_MAX);
        return JUDGED_REFUSED;
    }
    known.newest = &server->newest;
    if (verdict_document(&known, request_agent(request), wanted, &one, problem))
        return JUDGED_REFUSED;
    enum judged judged = note(server, &one, known.now_ms, problem);
    if (judged == JUDGED_GIVEN)
        judged = judge_commit(request, &one, to, problem);
    restore_case_free(&one);
    return judged;
}

static int take_wanted(struct request *request, struct problem *problem)
{
    struct problem why;
    request->wanted = request->opened.message;
    struct envelope_key *to = envelope_key_public(request->wanted->seal_key, &why);
    enum judged judged = to ? judge_request(request, to, &why) : JUDGED_REFUSED;
    int error = 0;
    if (judged == JUDGED_REFUSED)
        error = reply_refuse(request, to, &why, problem);
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
    if (agent_streams_load(request->server->cli, request_agent(request), &request->streams, problem))
        return -1;
    if (stream_choose(&request->streams.in, &held, 1, clock_wall_ms(), &index) != STREAM_DEAL) {
        log_warning("keyserver.refused", LOG_TEXT("agent", request_agent(request)), LOG_TEXT("code", "replayed"),
            LOG_TEXT("reason", "the request was dealt with before"));
        return 0;
    }
    if (request->opened.purpose == ENVELOPE_KEYS_WANTED)
        return take_wanted(request, problem);
    if (commits_add(&request->server->commits, request_agent(request), request->opened.message, &why))
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
