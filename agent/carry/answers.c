#include "agent/carry/answers.h"

#include <stdio.h>
#include <string.h>

#include "agent/carry/http.h"
#include "agent/outcome.h"
#include "agent/state.h"
#include "contract.h"
#include "lib/message/message.h"
#include "lib/problem.h"

int answer_refused(const struct answer *answer, struct problem *problem)
{
    static char refusal[65]; /* codes are static texts; this program tells one refusal and ends */
    const char *code, *reason;
    json_t *json = answer->body.length ? message_parse(answer->body.data, answer->body.length, NULL) : NULL;
    if (!json || json_unpack(json, "{s:s, s:s}", "code", &code, "reason", &reason)) {
        problem_set(problem, "bad-answer", "server", "the server answered with status %ld and nothing to explain it",
            answer->status);
    } else {
        snprintf(refusal, sizeof(refusal), "%s", code);
        problem_set(problem, refusal, "server", "%s", reason);
    }
    json_decref(json);
    return -1;
}

json_t *answer_body(const struct answer *answer, struct problem *problem)
{
    if (answer->status == 200 && answer->body.length)
        return message_parse(answer->body.data, answer->body.length, problem);
    answer_refused(answer, problem);
    return NULL;
}

int enrol_answer(const struct answer *answer, struct identity *ret, struct problem *problem)
{
    struct call_agent_enrol_reply reply;
    json_t *json = answer_body(answer, problem);
    if (!json)
        return -1;
    int error = message_decode(&call_agent_enrol_reply_shape, json, &reply, problem);
    if (!error) {
        ret->agent = reply.agent;
        ret->beat_port = (uint16_t)reply.beat_port;
        snprintf(ret->tenant, sizeof(ret->tenant), "%s", reply.tenant);
        snprintf(ret->site, sizeof(ret->site), "%s", reply.site);
    }
    json_decref(json);
    return error;
}

int mail_answer(const struct answer *answer, struct outcome *ret, struct problem *problem)
{
    struct call_agent_mail_reply reply;
    json_t *json = answer_body(answer, problem);
    if (!json)
        return -1;
    int error = message_decode(&call_agent_mail_reply_shape, json, &reply, problem);
    if (!error) {
        *ret = (struct outcome){ .delivered = true, .counter = reply.counter };
        memcpy(ret->address, answer->address, sizeof(ret->address));
        snprintf(ret->nonce, sizeof(ret->nonce), "%s", reply.nonce);
    }
    json_decref(json);
    return error;
}
