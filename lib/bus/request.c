/*
 * A request's way: into the log where calls.def says so, then to its handler, then its answer, exactly once.
 */
#include "lib/bus/request.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/bus/batch.h"
#include "lib/bus/request_entry.h"
#include "lib/clock.h"
#include "lib/message/message.h"
#include "lib/version.h"

#define LOG_WAIT_MS 5000 /* for `operation.requested` to become durable */
#define REPLY_ROOM_BYTES (BUS_REPLY_BYTES_MAX - 64)

void bus_request_free(struct bus_request *request)
{
    if (request->in)
        message_free(call_rows[request->call].request, request->in);
    *request->link = request->next;
    if (request->next)
        request->next->link = request->link;
    request->bus->server->n_requests--;
    free(request->in);
    json_decref(request->json);
    json_decref(request->old);
    free(request);
}

struct bus_request *bus_request_new(struct bus_server *server)
{
    if (server->n_requests == REQUESTS_MAX)
        return NULL;
    struct bus_request *request = calloc(1, sizeof(*request));
    if (!request)
        return NULL;
    request->bus = server->bus;
    request->next = server->requests;
    request->link = &server->requests;
    if (request->next)
        request->next->link = &request->next;
    server->requests = request;
    server->n_requests++;
    return request;
}

/* A request whose log entry is still on its way is kept until that entry's fate is known. */
static void finish(struct bus_request *request)
{
    if (request->stage == STAGE_LOGGING)
        request->stage = STAGE_ANSWERED;
    else
        bus_request_free(request);
}

void bus_refuse(struct bus_request *request, const struct problem *problem)
{
    if (request->answered)
        request->answered(request->arg, problem, NULL);
    else
        bus_server_refuse(request->bus, &request->route, request->id, problem);
    finish(request);
}

void bus_request_old(struct bus_request *request, json_t *old)
{
    json_decref(request->old);
    request->old = old;
}

void bus_answer(struct bus_request *request, const void *reply)
{
    struct problem problem;
    if (call_rows[request->call].changes)
        request_tell_changed(request);
    if (request->answered) {
        request->answered(request->arg, NULL, reply);
        finish(request);
        return;
    }
    struct buf body = { .limit_bytes = REPLY_ROOM_BYTES };
    if (call_answer_start(&body, request->id, false) ||
        message_encode(call_rows[request->call].reply, reply, &body)) {
        problem_set(&problem, "too-long", "", "the answer is longer than %d MiB", REPLY_ROOM_BYTES >> 20);
        bus_refuse(request, &problem);
    } else {
        bus_server_answer(request->bus, &request->route, &body);
        finish(request);
    }
    buf_free(&body);
}

static void answer_health_itself(struct bus_server *server, struct bus_request *request)
{
    char reason[201] = "";
    bool ok = !server->health || server->health(server->health_arg, reason);
    const struct call_health_reply reply = {
        .service = __builtin_ctz(server->bus->peer), /* services and peers stand in the same order in contract/ */
        .version = vedette_version,
        .pid = (uint32_t)getpid(),
        .uptime_s = (uint64_t)(clock_mono_ms() - server->bus->started_ms) / 1000,
        .ok = ok,
        .reason = reason[0] ? reason : NULL,
    };
    bus_answer(request, &reply);
}

static void handle(struct bus_server *server, struct bus_request *request)
{
    request->stage = STAGE_HANDLING;
    if (request->call == CALL_HEALTH) {
        answer_health_itself(server, request);
        return;
    }
    for (const struct bus_handler *handler = server->handlers; handler && handler->call >= 0; handler++) {
        if (handler->call == (int)request->call) {
            handler->take(request, request->in);
            return;
        }
    }
    struct problem problem;
    problem_set(&problem, "unknown-call", "", "%s does not answer %s", bus_peer_name(server->bus->peer),
        call_rows[request->call].name);
    bus_refuse(request, &problem);
}

static void refuse_unlogged(struct bus_request *request, const char *code, const char *reason)
{
    struct problem problem;
    problem_set(&problem, code, "", "%s", reason);
    bus_count_unlogged(request->bus);
    bus_refuse(request, &problem);
}

static void logged(void *arg, const struct problem *refused)
{
    struct bus_request *request = arg;
    if (request->stage == STAGE_ANSWERED) {
        bus_request_free(request);
        return;
    }
    request->stage = STAGE_HANDLING;
    if (!refused) {
        handle(request->bus->server, request);
        return;
    }
    if (!strcmp(refused->code, BATCH_LOG_FULL))
        refuse_unlogged(request, BATCH_LOG_FULL, "the log's disk is full, and nothing is done that cannot be recorded");
    else if (!strcmp(refused->code, BATCH_SLOW_DOWN))
        refuse_unlogged(request, BATCH_SLOW_DOWN, refused->reason);
    else
        refuse_unlogged(request, "log-unavailable", refused->reason);
}

/* First the log, then the deed. */
static void log_then_handle(struct bus_server *server, struct bus_request *request)
{
    if (bus_log_away_ms(server->bus) > LOG_WAIT_MS) {
        refuse_unlogged(request, "log-unavailable", "the log takes no entries now, and nothing is done unrecorded");
        return;
    }
    /* The other half is for what stops something: a burst in the log's first silent seconds must not take that away. */
    if (!bus_outbox_has_room(server->bus, CLASS_OPS)) {
        refuse_unlogged(request, "log-unavailable", "more operations wait for the log than it takes now");
        return;
    }
    request->stage = STAGE_LOGGING;
    request->log_until_ms = server->bus->now_ms + LOG_WAIT_MS;
    if (!request_log(request, logged))
        return;
    request->stage = STAGE_HANDLING;
    refuse_unlogged(request, "log-unavailable", "the log takes no entry for this operation");
}

/* Stopping is never held up: that it is recorded is made sure of here, and the log gets it as soon as it can. */
static void keep_then_handle(struct bus_server *server, struct bus_request *request)
{
    request->stage = STAGE_HANDLING;
    if (request_log(request, NULL) || bus_outbox_sync(server->bus, CLASS_OPS))
        refuse_unlogged(request, "log-unavailable", "the log is away, and the outbox for it is full");
    else
        handle(server, request);
}

void bus_request_begin(struct bus_request *request)
{
    struct bus_server *server = request->bus->server;
    const struct call_row *row = &call_rows[request->call];
    if (row->log_class < 0)
        handle(server, request);
    else if (row->stops && !server->bus->spine)
        keep_then_handle(server, request);
    else
        log_then_handle(server, request);
}

/* The log has not taken the entry in time: the operation is refused. Refusing may change the list, so look anew. */
static bool refuse_late(struct bus_server *server)
{
    for (struct bus_request *request = server->requests; request; request = request->next) {
        if (request->stage != STAGE_LOGGING)
            continue;
        if (server->bus->now_ms >= request->log_until_ms) {
            refuse_unlogged(request, "log-unavailable", "the log did not take the entry for this operation in time");
            return true;
        }
        bus_due_by(server->bus, request->log_until_ms);
    }
    return false;
}

void bus_requests_refuse_late(struct bus_server *server)
{
    while (refuse_late(server))
        ;
}

const char *bus_request_actor(const struct bus_request *request)
{
    return request->actor;
}

unsigned bus_request_peer(const struct bus_request *request)
{
    return request->peer;
}

void *bus_request_context(const struct bus_request *request)
{
    return request->bus->context;
}
