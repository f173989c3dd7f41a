#include "services/ingest/https.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/http/http.h"
#include "lib/message/message.h"
#include "services/ingest/enrolment/enrol.h"
#include "services/ingest/files/files.h"
#include "services/ingest/ingest.h"
#include "services/ingest/mail/mail.h"
#include "services/ingest/mailbox/envelopes.h"
#include "services/ingest/sender.h"

static const struct {
    const char *code;
    int status;
} statuses[] = {
    { "too-many-attempts", 429 },
    { "token-unknown", 403 },
    { "token-expired", 403 },
    { "token-used-up", 403 },
    { "token-revoked", 403 },
    { "other-tenant", 403 },
    { "other-site", 403 },
    { "key-known", 409 },
    { "fleet-full", 503 },
    { "log-unavailable", 503 },
    { "unknown-agent", 403 },
    { "bad-mac", 403 },
    { "retired", 403 },
    { "bad-nonce", 409 },
    { "bad-secret", 500 },
    { "db", 500 },
    { "disk-full", 503 },
    { "mailbox-full", 507 },
    { "constraint", 500 },
    { "no-memory", 503 },
    { "not-found", 404 },
    { "no-package", 404 },
    { "wrong-method", 405 },
};

static int status_of(const char *code)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        if (!strcmp(statuses[i].code, code))
            return statuses[i].status;
    }
    return 400; /* everything else is said by the codec of messages */
}

void https_refuse(struct http_request *request, const struct problem *problem)
{
    struct buf body = { 0 };
    buf_text(&body, "{\"code\":");
    buf_json_string(&body, problem->code, strlen(problem->code));
    buf_text(&body, ",\"reason\":");
    buf_json_string(&body, problem->reason, strlen(problem->reason));
    if (*problem->field) {
        buf_text(&body, ",\"field\":");
        buf_json_string(&body, problem->field, strlen(problem->field));
    }
    buf_text(&body, "}");
    http_answer(request,
        &(struct http_answer){
            .status = status_of(problem->code), .type = "application/json", .data = body.data, .bytes = body.length });
    buf_free(&body);
}

void https_answer(struct http_request *request, const struct shape *shape, const void *reply)
{
    struct buf body = { 0 };
    struct problem problem;
    if (message_encode(shape, reply, &body)) {
        problem_set(&problem, "no-memory", "", "no memory for the answer");
        https_refuse(request, &problem);
    } else {
        http_answer(request, &(struct http_answer){
                                 .status = 200, .type = "application/json", .data = body.data, .bytes = body.length });
    }
    buf_free(&body);
}

int https_read(struct ingest *ingest, struct http_request *request, const struct shape *shape, void *ret,
    json_t **ret_json, struct problem *problem)
{
    size_t bytes;
    const char *body = http_body(request, &bytes);
    json_t *json = message_parse(body, bytes, problem);
    if (!json || message_decode(shape, json, ret, problem)) {
        json_decref(json);
        return -1;
    }
    *ret_json = json;
    if (!sender_check(ingest, *(const uint32_t *)ret, body, bytes, http_header(request, "Vedette-MAC"), problem))
        return 0;
    message_free(shape, ret);
    json_decref(json);
    return -1;
}

static void take_enrol(struct ingest *ingest, struct http_request *request)
{
    struct call_agent_enrol enrolment;
    struct call_agent_enrol_reply reply;
    struct problem problem;
    size_t bytes;
    const char *body = http_body(request, &bytes);
    json_t *json = message_parse(body, bytes, &problem);
    if (!json || message_decode(&call_agent_enrol_shape, json, &enrolment, &problem) ||
        enrol(ingest, &enrolment, http_peer(request), &reply, &problem))
        https_refuse(request, &problem);
    else
        https_answer(request, &call_agent_enrol_reply_shape, &reply);
    json_decref(json);
}

static void take_mail(struct ingest *ingest, struct http_request *request)
{
    struct call_agent_mail_reply reply;
    char nonce[HEX_BYTES(NONCE_BYTES)];
    struct problem problem;
    struct posted posted = { .mac = http_header(request, "Vedette-MAC"), .address = http_peer(request) };
    posted.body = http_body(request, &posted.bytes);
    if (mail_take(ingest, &posted, &reply, nonce, &problem))
        https_refuse(request, &problem);
    else
        https_answer(request, &call_agent_mail_reply_shape, &reply);
}

static void take_ca(struct ingest *ingest, struct http_request *request)
{
    http_answer(request,
        &(struct http_answer){
            .status = 200, .type = "application/x-pem-file", .data = ingest->ca.data, .bytes = ingest->ca.bytes });
}

static void owned_for_ever(void *owner)
{
    (void)owner; /* what is served lives as long as the process */
}

static void take_package(struct ingest *ingest, struct http_request *request)
{
    struct problem problem;
    if (ingest->package.data) {
        http_answer(request, &(struct http_answer){ .status = 200,
                                 .type = "application/gzip",
                                 .data = ingest->package.data,
                                 .bytes = ingest->package.bytes,
                                 .owner = ingest->package.data,
                                 .owner_free = owned_for_ever });
        return;
    }
    problem_set(&problem, "no-package", "", "this server offers no agent package: ingest.package is not set");
    https_refuse(request, &problem);
}

static const struct {
    const char *method, *path;
    void (*take)(struct ingest *, struct http_request *);
} routes[] = {
    { "POST", "/v1/enrol", take_enrol },
    { "POST", "/v1/mail", take_mail },
    { "POST", "/v1/fetch", take_fetch },
    { "POST", "/v1/put", take_put },
    { "POST", "/v1/file", take_piece },
    { "GET", "/v1/trust", take_trust },
    { "GET", "/v1/ca", take_ca },
    { "GET", "/v1/package", take_package },
};

void https_take(void *arg, struct http_request *request)
{
    struct problem problem;
    problem_set(&problem, "not-found", "", "there is nothing here for agents");
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (strcmp(http_path(request), routes[i].path))
            continue;
        if (!strcmp(http_method(request), routes[i].method)) {
            routes[i].take(arg, request);
            return;
        }
        problem_set(&problem, "wrong-method", "", "%s takes only %s", routes[i].path, routes[i].method);
    }
    https_refuse(request, &problem);
}
