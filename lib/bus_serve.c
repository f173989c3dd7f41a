/*
 * Answering calls. A request is checked wholly (who asks, for whom, every field), logged where calls.def says so, and
 * only then handed to its handler.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/bus_call_wire.h"
#include "lib/bus_internal.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/message.h"
#include "lib/program.h"

#define REQUESTS_MAX 4096       /* taken and not yet answered */
#define LOG_WAIT_MS 5000        /* for `operation.requested` to become durable */
#define REPLY_ROOM_BYTES (BUS_REPLY_BYTES_MAX - 64)

enum stage { STAGE_ARRIVED, STAGE_LOGGING, STAGE_HANDLING, STAGE_ANSWERED };

struct bus_request {
    struct bus *bus;
    struct bus_request *next, **link;
    struct bus_request *next_own;   /* came from ourselves and waits for its turn */
    enum stage stage;
    enum call call;
    unsigned peer;
    char actor[CALL_ACTOR_BYTES_MAX + 1];
    json_t *json;
    void *in;                   /* decoded by the call's shape */
    int64_t log_until_ms;

    struct bus_route route;     /* where it came from, or, if it came from ourselves: */
    uint64_t id;
    bus_answered *answered;
    void *arg;
    struct problem problem;         /* what is wrong with it; code NULL: nothing */
};

struct bus_server {
    struct bus *bus;
    struct bus_socket *socket;
    const struct bus_handler *handlers;
    bus_health *health;
    void *health_arg;
    struct bus_request *requests;
    unsigned n_requests;
    struct bus_request *own, **own_end;
};

static void request_free(struct bus_request *request)
{
    if (request->in)
        message_free(call_rows[request->call].request, request->in);
    *request->link = request->next;
    if (request->next)
        request->next->link = request->link;
    request->bus->server->n_requests--;
    free(request->in);
    json_decref(request->json);
    free(request);
}

static struct bus_request *request_new(struct bus_server *server)
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

int bus_server_send(struct bus *bus, const struct bus_route *route, const struct bus_frame *frames, size_t n)
{
    struct bus_frame all[BUS_FRAMES_MAX] = { { route->bytes, route->length } };
    memcpy(all + 1, frames, n * sizeof(*frames));
    return bus_socket_send(bus->server->socket, all, n + 1);
}

static void send_answer(struct bus *bus, const struct bus_route *route, const struct buf *body)
{
    const struct bus_frame frames[] = { { BUS_KIND_CALL, strlen(BUS_KIND_CALL) }, { body->data, body->length } };
    /* A caller that has gone, or does not read, loses its answer: its deadline tells it. */
    bus_server_send(bus, route, frames, 2);
}

static void send_refusal(struct bus *bus, const struct bus_route *route, uint64_t id, const struct problem *problem)
{
    struct buf body = { 0 };
    if (!call_answer_start(&body, id, true) && !call_problem_encode(&body, problem))
        send_answer(bus, route, &body);
    buf_free(&body);
}

/* A request whose log entry is still on its way is kept until that entry's fate is known. */
static void finish(struct bus_request *request)
{
    if (request->stage == STAGE_LOGGING)
        request->stage = STAGE_ANSWERED;
    else
        request_free(request);
}

void bus_refuse(struct bus_request *request, const struct problem *problem)
{
    if (request->answered)
        request->answered(request->arg, problem, NULL);
    else
        send_refusal(request->bus, &request->route, request->id, problem);
    finish(request);
}

void bus_answer(struct bus_request *request, const void *reply)
{
    struct problem problem;
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
        send_answer(request->bus, &request->route, &body);
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

static void logged(void *arg, const struct problem *refused)
{
    struct bus_request *request = arg;
    if (request->stage == STAGE_ANSWERED) {
        request_free(request);
        return;
    }
    request->stage = STAGE_HANDLING;
    if (!refused) {
        handle(request->bus->server, request);
        return;
    }
    struct problem problem;
    problem_set(&problem, "log-unavailable", "", "the log refused the entry for this operation: %s", refused->reason);
    bus_refuse(request, &problem);
}

/* The arguments as they go into the log: without secrets. */
static json_t *public_arguments(const struct bus_request *request)
{
    struct buf text = { 0 };
    json_t *arguments = message_encode_public(call_rows[request->call].request, request->in, &text)
                            ? NULL
                            : message_parse(text.data, text.length, NULL);
    buf_free(&text);
    return arguments;
}

/* First the log, then the deed. */
static int log_request(struct bus_request *request)
{
    char subject[32];
    const json_t *agent = json_object_get(request->json, "agent");
    const struct event_operation_requested data = {
        .call = call_rows[request->call].name,
        .arguments = public_arguments(request),
    };
    struct event_about about = {
        .actor = request->actor,
        .tenant = json_string_value(json_object_get(request->json, "tenant")),
    };
    if (json_is_integer(agent)) {
        snprintf(subject, sizeof(subject), "agent/%lld", (long long)json_integer_value(agent));
        about.subject = subject;
    }
    int error = !data.arguments || emit_operation_requested(request->bus, &about, &data, logged, request);
    json_decref(data.arguments);
    return error ? -1 : 0;
}

static void begin(struct bus_server *server, struct bus_request *request)
{
    if (call_rows[request->call].log_class < 0) {
        handle(server, request);
        return;
    }
    request->stage = STAGE_LOGGING;
    request->log_until_ms = server->bus->now_ms + LOG_WAIT_MS;
    if (!log_request(request))
        return;
    request->stage = STAGE_HANDLING;
    struct problem problem;
    problem_set(&problem, "log-unavailable", "", "the log takes no entry for this operation");
    bus_refuse(request, &problem);
}

/* May this peer ask this of us, in that name? */
static int check_permit(struct bus *bus, unsigned peer, const struct call_request *request, struct problem *problem)
{
    if (request->call < 0 || !(call_rows[request->call].servers & bus->peer))
        return problem_set(problem, "unknown-call", "", "%s does not answer this call", bus_peer_name(bus->peer));
    if (!(call_rows[request->call].callers & peer))
        return problem_set(problem, "no-permission", "", "%s may not ask for %s", bus_peer_name(peer),
            call_rows[request->call].name);
    if (request->actor[0] && !(peer & (PEER_PORTAL | PEER_CLI)))
        return problem_set(problem, "no-permission", "actor", "%s may not speak for others", bus_peer_name(peer));
    return 0;
}

/* Everything of the request becomes typed here; nothing behind this sees bytes. */
static int fill(struct bus_request *request, unsigned peer, const struct call_request *from, struct problem *problem)
{
    const struct shape *shape = call_rows[from->call].request;
    void *in = calloc(1, shape->size);
    request->call = (enum call)from->call;
    request->peer = peer;
    strcpy(request->actor, from->actor[0] ? from->actor : bus_peer_name(peer));
    request->json = message_parse(from->json, from->json_bytes, problem);
    if (!in || !request->json || message_decode(shape, request->json, in, problem)) {
        free(in);
        return in ? -1 : problem_set(problem, "no-memory", "", "no memory");
    }
    request->in = in;
    return 0;
}

static void take_call(struct bus_server *server, unsigned peer, const struct bus_route *route,
    const struct bus_frame *body)
{
    struct bus *bus = server->bus;
    struct call_request asked;
    struct problem problem;
    if (call_request_decode(body->data, body->bytes, &asked)) {
        bus->refused[BUS_REFUSED_MALFORMED]++;
        return;
    }
    if (check_permit(bus, peer, &asked, &problem)) {
        bus->refused[BUS_REFUSED_NO_PERMISSION]++;
        send_refusal(bus, route, asked.id, &problem);
        return;
    }
    struct bus_request *request = request_new(server);
    if (!request) {
        bus->refused[BUS_REFUSED_TOO_MANY]++;
        problem_set(&problem, "too-many", "", "%d requests are already waiting", REQUESTS_MAX);
        send_refusal(bus, route, asked.id, &problem);
        return;
    }
    request->route = *route;
    request->id = asked.id;
    if (!fill(request, peer, &asked, &problem)) {
        begin(server, request);
        return;
    }
    bus->refused[BUS_REFUSED_MALFORMED]++;
    bus_refuse(request, &problem);
}

/* Frames: routing id, kind, body. */
static void take(struct bus_server *server, const struct bus_message *message)
{
    struct bus *bus = server->bus;
    struct bus_route route = { .length = message->frames[0].bytes };
    if (message->n != 3 || !message->peer || route.length > sizeof(route.bytes)) {
        bus->refused[BUS_REFUSED_MALFORMED]++;
        return;
    }
    memcpy(route.bytes, message->frames[0].data, route.length);
    if (bus_frame_is(&message->frames[1], BUS_KIND_CALL))
        take_call(server, message->peer, &route, &message->frames[2]);
    else if (bus_frame_is(&message->frames[1], BUS_KIND_EVENTS) && bus->spine)
        bus_spine_take(bus->spine, message->peer, &route, &message->frames[2]);
    else
        bus->refused[BUS_REFUSED_MALFORMED]++;
}

/* The log has not taken the entry in time: the operation is refused. Refusing may change the list, so look anew. */
static bool refuse_late(struct bus_server *server)
{
    for (struct bus_request *request = server->requests; request; request = request->next) {
        if (request->stage != STAGE_LOGGING)
            continue;
        if (server->bus->now_ms >= request->log_until_ms) {
            struct problem problem;
            problem_set(&problem, "log-unavailable", "", "the log did not take the entry for this operation in time");
            bus_refuse(request, &problem);
            return true;
        }
        bus_due_by(server->bus, request->log_until_ms);
    }
    return false;
}

static void begin_own(struct bus_server *server)
{
    while (server->own) {
        struct bus_request *request = server->own;
        server->own = request->next_own;
        if (!server->own)
            server->own_end = &server->own;
        if (request->problem.code)
            bus_refuse(request, &request->problem);
        else
            begin(server, request);
    }
}

void bus_server_turn(struct bus_server *server)
{
    struct bus_message message;
    int got = 0;
    for (unsigned i = 0; i < BUS_MESSAGES_A_TURN && got <= 0; i++) {
        got = bus_socket_receive(server->socket, &message);
        if (!got)
            take(server, &message);
        else if (got < 0)
            server->bus->refused[BUS_REFUSED_MALFORMED]++;
    }
    if (got <= 0)
        server->bus->again = true;
    begin_own(server);
    while (refuse_late(server))
        ;
}

void bus_call_self(struct bus *bus, enum call call, const char *actor, const void *in, bus_answered *answered, void *arg)
{
    struct call_request asked = { .call = (int)call };
    struct buf json = { 0 };
    struct bus_request *request = request_new(bus->server);
    snprintf(asked.actor, sizeof(asked.actor), "%s", actor ? actor : bus_own_actor(bus));
    if (!request) {
        struct problem problem;
        problem_set(&problem, "too-many", "", "%d requests are already waiting", REQUESTS_MAX);
        answered(arg, &problem, NULL);
        return;
    }
    request->answered = answered;
    request->arg = arg;
    bus->again = true;
    message_encode(call_rows[call].request, in, &json);
    asked.json = json.data;
    asked.json_bytes = json.length;
    fill(request, bus->peer, &asked, &request->problem);
    *bus->server->own_end = request;
    bus->server->own_end = &request->next_own;
    crypto_forget(json.data, json.length);
    buf_free(&json);
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

struct bus_server *bus_server_open(struct bus *bus, const struct bus_options *options, struct problem *problem)
{
    struct bus_server *server = calloc(1, sizeof(*server));
    if (!server) {
        problem_set(problem, "no-memory", "", "no memory");
        return NULL;
    }
    server->bus = bus;
    server->own_end = &server->own;
    server->handlers = options->handlers;
    server->health = options->health;
    server->health_arg = options->health_arg;
    server->socket = bus_socket_open(&bus->sockets, BUS_SOCKET_ROUTER, BUS_REQUEST_BYTES_MAX, BUS_QUEUE,
        problem);
    if (!server->socket || bus_socket_bind(server->socket, options->listen, problem)) {
        bus_server_free(server);
        return NULL;
    }
    return server;
}

void bus_server_free(struct bus_server *server)
{
    if (!server)
        return;
    while (server->requests)
        request_free(server->requests);
    bus_socket_close(server->socket);
    free(server);
}
