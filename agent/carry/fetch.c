#include "agent/carry/fetch.h"

#include <string.h>

#include "agent/carry/answers.h"
#include "agent/carry/exchange.h"
#include "agent/carry/http.h"
#include "agent/fetched.h"
#include "contract.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define PIECES_MAX 4096 /* of a file; whatever the server says, this ends */

static int fetch_piece(struct exchange *exchange, const char *sha256, uint64_t offset, struct problem *problem)
{
    const struct call_agent_file ask = { .agent = exchange->identity.agent, .file_sha256 = sha256, .offset = offset };
    struct call_agent_file_reply reply;
    struct answer answer = { 0 };
    json_t *json = NULL;
    int error = exchange_ask(exchange, "/v1/file", &call_agent_file_shape, &ask, &answer, problem) ||
                !(json = answer_body(&answer, problem)) ||
                message_decode(&call_agent_file_reply_shape, json, &reply, problem) ||
                fetched_append(sha256, ask.offset, reply.data, problem);
    json_decref(json);
    answer_free(&answer);
    return error ? -1 : 0;
}

static int fetch_one(struct exchange *exchange, const char *sha256, struct problem *problem)
{
    for (unsigned i = 0; i < PIECES_MAX; i++) {
        uint64_t bytes = fetched_bytes(sha256), offset = fetched_offset(sha256);
        if (!bytes)
            return 0; /* it came by envelopes meanwhile */
        if (offset >= bytes)
            return fetched_complete(sha256, problem);
        if (fetch_piece(exchange, sha256, offset, problem))
            return -1;
    }
    return problem_set(problem, "bad-answer", "data", "the server sends a file in too many pieces");
}

int fetch_wanted(struct exchange *exchange, void (*arrived)(void), struct problem *problem)
{
    static char wanted[FETCHED_WANTED_MAX][FETCHED_HASH_BYTES];
    size_t n = fetched_wanted(wanted);
    for (size_t i = 0; i < n; i++) {
        if (!fetch_one(exchange, wanted[i], problem))
            arrived();
        else if (strcmp(problem->code, "not-found"))
            return -1;
    }
    return 0;
}
