/* Calling: one DEALER for each service that was ever asked; every call ends by its answer or by its deadline. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/bus/call_wire.h"
#include "lib/bus/internal.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/message/message.h"

#define CALLS_MAX 1024          /* not yet answered */
#define CALLEES 7               /* roles */

/* A call that is not yet answered. */
struct pending {
    struct pending *next;
    uint64_t id;
    enum call call;
    unsigned callee;
    int64_t deadline_ms;
    bool sent;
    struct buf request;
    bus_answered *answered;
    void *arg;
    struct problem problem;     /* why it could not even be asked; code NULL: it could */
};

struct bus_calls {
    struct bus *bus;
    struct bus_socket *sockets[CALLEES];    /* by bit of enum peer; opened when first needed */
    struct pending *calls, **end;              /* oldest first */
    unsigned n_calls;
    uint64_t last_id;
};

struct bus_calls *bus_calls_open(struct bus *bus)
{
    struct bus_calls *calls = calloc(1, sizeof(*calls));
    if (calls) {
        calls->bus = bus;
        calls->end = &calls->calls;
    }
    return calls;
}

static void call_free(struct pending *call)
{
    if (call->request.data)
        crypto_forget(call->request.data, call->request.length);
    buf_free(&call->request);
    free(call);
}

void bus_calls_free(struct bus_calls *calls)
{
    if (!calls)
        return;
    while (calls->calls) {
        struct pending *call = calls->calls;
        calls->calls = call->next;
        call_free(call);
    }
    for (unsigned i = 0; i < CALLEES; i++)
        bus_socket_close(calls->sockets[i]);
    free(calls);
}

static void unlink_call(struct bus_calls *calls, struct pending **link)
{
    struct pending *call = *link;
    *link = call->next;
    if (!call->next)
        calls->end = link;
    calls->n_calls--;
}

static void refuse(struct bus_calls *calls, struct pending **link, const struct problem *problem)
{
    struct pending *call = *link;
    unlink_call(calls, link);
    call->answered(call->arg, problem, NULL);
    call_free(call);
}

static struct bus_socket *socket_of(struct bus_calls *calls, unsigned callee, struct problem *problem)
{
    struct bus *bus = calls->bus;
    struct bus_socket **slot = &calls->sockets[__builtin_ctz(callee)];
    if (*slot)
        return *slot;
    const char *endpoint = bus_endpoint(bus, callee), *key = bus_keys_key(&bus->keys, callee);
    if (!endpoint || !key) {
        problem_set(problem, "no-answer", "", "bus.keys has no key of %s", bus_peer_name(callee));
        return NULL;
    }
    struct bus_socket *socket = bus_socket_open(&bus->sockets, BUS_SOCKET_DEALER, BUS_REPLY_BYTES_MAX,
        BUS_QUEUE, problem);
    if (socket && bus_socket_connect(socket, endpoint, key, problem)) {
        bus_socket_close(socket);
        return NULL;
    }
    *slot = socket;
    return socket;
}

const char *bus_own_actor(const struct bus *bus)
{
    static char cli[32];
    if (bus->peer != PEER_CLI)
        return bus_peer_name(bus->peer);
    snprintf(cli, sizeof(cli), "cli:%u", (unsigned)getuid());
    return cli;
}

static int encode(
    struct bus_calls *calls, struct pending *call, const char *actor, const void *in, unsigned deadline_ms)
{
    struct buf json = { .limit_bytes = BUS_REQUEST_BYTES_MAX - BUS_REQUEST_HEAD_BYTES };
    struct call_request request = { .id = call->id, .deadline_ms = deadline_ms, .call = (int)call->call };
    /* Only the portal and the command line speak for others; the rest need not say who they are. */
    if (actor || calls->bus->peer == PEER_CLI)
        snprintf(request.actor, sizeof(request.actor), "%s", actor ? actor : bus_own_actor(calls->bus));
    int error = message_encode(call_rows[call->call].request, in, &json);
    request.json = json.data;
    request.json_bytes = json.length;
    if (!error)
        error = call_request_encode(&call->request, &request);
    if (json.data)
        crypto_forget(json.data, json.length);
    buf_free(&json);
    return error;
}

static void ask(struct bus_calls *calls, unsigned callee, enum call which, const char *actor, const void *in,
    unsigned deadline_ms, bus_answered *answered, void *arg)
{
    struct pending *call = calloc(1, sizeof(*call));
    if (!call)
        abort(); /* a call that cannot even be remembered would never be answered */
    *call = (struct pending){
        .id = ++calls->last_id,
        .call = which,
        .callee = callee,
        .deadline_ms = clock_mono_ms() + deadline_ms,
        .answered = answered,
        .arg = arg,
    };
    if (calls->n_calls >= CALLS_MAX)
        problem_set(&call->problem, "too-many", "", "%d calls are already waiting for their answers", CALLS_MAX);
    else if (encode(calls, call, actor, in, deadline_ms))
        problem_set(&call->problem, "too-long", "", "the request is too long");
    else
        socket_of(calls, callee, &call->problem);
    *calls->end = call;
    calls->end = &call->next;
    calls->n_calls++;
    calls->bus->again = true;
}

void bus_call(struct bus *bus, enum call call, const char *actor, const void *request, unsigned deadline_ms,
    bus_answered *answered, void *arg)
{
    ask(bus->calls, call_rows[call].servers, call, actor, request, deadline_ms, answered, arg);
}

void bus_call_health(struct bus *bus, unsigned peer, unsigned deadline_ms, bus_answered *answered, void *arg)
{
    const struct call_health nothing = { 0 };
    ask(bus->calls, peer, CALL_HEALTH, NULL, &nothing, deadline_ms, answered, arg);
}

static void send_call(struct bus_calls *calls, struct pending *call)
{
    struct bus_socket *socket = calls->sockets[__builtin_ctz(call->callee)];
    const struct bus_frame frames[] = {
        { BUS_KIND_CALL, strlen(BUS_KIND_CALL) },
        { call->request.data, call->request.length },
    };
    call->sent = !bus_socket_send(socket, frames, 2);
}

/* Give the caller the reply as its struct, or the problem. */
static void tell(const struct pending *call, const struct call_answer *answer)
{
    const struct shape *shape = call_rows[call->call].reply;
    struct problem problem = { .code = "bad-answer", .reason = "the answer cannot be read" };
    if (answer->refused) {
        call_problem_decode(answer->json, answer->json_bytes, &problem);
        call->answered(call->arg, &problem, NULL);
        return;
    }
    json_t *json = message_parse(answer->json, answer->json_bytes, &problem);
    void *reply = calloc(1, shape->size);
    if (json && reply && !message_decode(shape, json, reply, &problem)) {
        call->answered(call->arg, NULL, reply);
        message_free(shape, reply);
    } else {
        call->answered(call->arg, &problem, NULL);
    }
    free(reply);
    json_decref(json);
}

static void take_answer(struct bus_calls *calls, unsigned callee, const struct bus_message *message)
{
    struct call_answer answer;
    if (message->n != 2 || !bus_frame_is(&message->frames[0], BUS_KIND_CALL) ||
        call_answer_decode(message->frames[1].data, message->frames[1].bytes, &answer)) {
        calls->bus->refused[BUS_REFUSED_MALFORMED]++;
        return;
    }
    for (struct pending **link = &calls->calls; *link; link = &(*link)->next) {
        struct pending *call = *link;
        if (call->id != answer.id || call->callee != callee)
            continue;
        unlink_call(calls, link);
        tell(call, &answer);
        call_free(call);
        return;
    }
    /* Not found: its deadline has passed. */
}

static void receive(struct bus_calls *calls, unsigned bit)
{
    struct bus_message message;
    int got = 0;
    for (unsigned i = 0; i < BUS_MESSAGES_A_TURN && got <= 0; i++) {
        got = bus_socket_receive(calls->sockets[bit], &message);
        if (!got)
            take_answer(calls, 1u << bit, &message);
    }
    if (got <= 0)
        calls->bus->again = true;
}

/* The next call that must be refused now, or NULL. Calls that could not be sent before are sent meanwhile. */
static struct pending **attend(struct bus_calls *calls, struct problem *problem)
{
    for (struct pending **link = &calls->calls; *link; link = &(*link)->next) {
        struct pending *call = *link;
        if (call->problem.code) {
            *problem = call->problem;
            return link;
        }
        if (calls->bus->now_ms >= call->deadline_ms) {
            problem_set(problem, "no-answer", "", "%s did not answer in time", bus_peer_name(call->callee));
            return link;
        }
        if (!call->sent)
            send_call(calls, call);
        bus_due_by(calls->bus, call->deadline_ms);
    }
    return NULL;
}

void bus_calls_turn(struct bus_calls *calls)
{
    struct problem problem;
    for (unsigned bit = 0; bit < CALLEES; bit++) {
        if (calls->sockets[bit])
            receive(calls, bit);
    }
    /* An answered() may make new calls: look anew from the beginning. */
    for (struct pending **link; (link = attend(calls, &problem));)
        refuse(calls, link, &problem);
}
