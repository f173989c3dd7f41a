/*
 * Taking calls: a request is checked wholly (who asks, in whose name, every field) and becomes typed; nothing behind this
 * file sees bytes. At audit's endpoint events arrive too.
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/bus/request.h"
#include "lib/crypto.h"
#include "lib/message/message.h"

int bus_server_send(struct bus *bus, const struct bus_route *route, const struct bus_frame *frames, size_t n)
{
    struct bus_frame all[BUS_FRAMES_MAX] = { { route->bytes, route->length } };
    memcpy(all + 1, frames, n * sizeof(*frames));
    return bus_socket_send(bus->server->socket, all, n + 1);
}

void bus_server_answer(struct bus *bus, const struct bus_route *route, const struct buf *body)
{
    const struct bus_frame frames[] = { { BUS_KIND_CALL, strlen(BUS_KIND_CALL) }, { body->data, body->length } };
    /* A caller that has gone, or does not read, loses its answer: its deadline tells it. */
    bus_server_send(bus, route, frames, 2);
}

void bus_server_refuse(struct bus *bus, const struct bus_route *route, uint64_t id, const struct problem *problem)
{
    struct buf body = { 0 };
    if (!call_answer_start(&body, id, true) && !call_problem_encode(&body, problem))
        bus_server_answer(bus, route, &body);
    buf_free(&body);
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
        bus_server_refuse(bus, route, asked.id, &problem);
        return;
    }
    struct bus_request *request = bus_request_new(server);
    if (!request) {
        bus->refused[BUS_REFUSED_TOO_MANY]++;
        problem_set(&problem, "too-many", "", "%d requests are already waiting", REQUESTS_MAX);
        bus_server_refuse(bus, route, asked.id, &problem);
        return;
    }
    request->route = *route;
    request->id = asked.id;
    if (!fill(request, peer, &asked, &problem)) {
        bus_request_begin(request);
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
    if (message->n != 3 || !message->who.peer || route.length > sizeof(route.bytes)) {
        bus->refused[BUS_REFUSED_MALFORMED]++;
        return;
    }
    memcpy(route.bytes, message->frames[0].data, route.length);
    if (bus_frame_is(&message->frames[1], BUS_KIND_CALL))
        take_call(server, message->who.peer, &route, &message->frames[2]);
    else if (bus_frame_is(&message->frames[1], BUS_KIND_EVENTS) && bus->spine)
        bus_spine_take(bus->spine, message->who.peer, &route, &message->frames[2]);
    else
        bus->refused[BUS_REFUSED_MALFORMED]++;
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
            bus_request_begin(request);
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
    bus_requests_refuse_late(server);
}

void bus_call_self(
    struct bus *bus, enum call call, const char *actor, const void *in, bus_answered *answered, void *arg)
{
    struct call_request asked = { .call = (int)call };
    struct buf json = { 0 };
    struct bus_request *request = bus_request_new(bus->server);
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

/* Any user of the machine can reach the socket file, and libzmq aborts when no descriptor is left for a connection: those
 * who can have no key get none. */
static int admit_users(struct bus_socket *socket, const struct settings *settings, struct problem *problem)
{
    const char *const users[] = { settings->ingest.user, settings->portal.user, settings->scheduler.user,
        settings->backup.user, settings->audit.user, settings->alert.user };
    int error = bus_socket_admit(socket, 0) || bus_socket_admit(socket, geteuid());
    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]) && !error; i++) {
        const struct passwd *user = *users[i] ? getpwnam(users[i]) : NULL;
        error = user && bus_socket_admit(socket, user->pw_uid);
    }
    return error ? problem_set(problem, "bus", "", "cannot name the users who may connect") : 0;
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
    if (!server->socket || admit_users(server->socket, bus->settings, problem) ||
        bus_socket_bind(server->socket, options->listen, problem)) {
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
        bus_request_free(server->requests);
    bus_socket_close(server->socket);
    free(server);
}
