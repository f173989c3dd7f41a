#include "agent/carry/answers.h"

#include <stdio.h>
#include <string.h>

#include "agent/carry/http.h"
#include "agent/outcome.h"
#include "agent/state.h"
#include "contract.h"
#include "lib/harmless.h"
#include "lib/message/message.h"
#include "lib/problem.h"

/* Root reads it on a terminal, and before the CA is known anybody may have written it. */
int answer_refused(const struct answer *answer, struct problem *problem)
{
    static char refusal[65]; /* codes are static texts; this program tells one refusal and ends */
    const char *code = "", *reason;
    struct buf shown = { 0 };
    json_t *json = answer->body.length ? message_parse(answer->body.data, answer->body.length, NULL) : NULL;
    bool told = json && !json_unpack(json, "{s:s, s:s}", "code", &code, "reason", &reason) &&
                code[strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0' &&
                !harmless_append(&shown, reason, strlen(reason)) && shown.length;
    snprintf(refusal, sizeof(refusal), "%s", told ? code : "bad-answer");
    if (told)
        problem_set(problem, refusal, "server", "%s", shown.data);
    else
        problem_set(problem, refusal, "server", "the server answered with status %ld and nothing to explain it",
            answer->status);
    buf_free(&shown);
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
