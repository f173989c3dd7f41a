#include "lib/bus/spine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "lib/bus/internal.h"
#include "lib/log.h"
#include "lib/wire.h"

#define LIVE_QUEUE 1024         /* frames a slow subscriber may lag behind before it has to replay: at most so many of
                                 * 16 KiB or a little more are kept for each connection that does not read */
#define REPLAY_QUEUE 4          /* answers of 1 MiB that wait for who asks and does not read */
#define REPLAYS_A_PASS 2        /* about a millisecond each: then the producers have their turn */
#define END_MS 3000             /* for the last frame to go out, and for who asks once more to be told why */
#define REPLAY_REQUEST_BYTES_MAX 8192   /* a wish that lists every type of event */
#define OWN_WAITING_MAX 4096    /* of audit's own events, told of when they are durable: as many as requests may wait */
#define LIVE "live"             /* what ZAP calls the sockets */
#define REPLAY "replay"
#define TOPIC_BYTES_MAX 1024    /* the handshake itself is longer than a topic: CURVE INITIATE is 257 bytes and more */

/* Who emitted an event of audit's own that is not durable yet. */
struct own_waiting {
    bus_stored *stored;
    void *arg;
};

struct bus_spine {
    struct bus *bus;
    struct bus_socket *live, *replay;
    struct bus_peers *listeners, *askers;
    const struct bus_spine_handlers *handlers;
    void *arg;
    struct batch batch;
    struct buf frame;           /* being published */
    struct own_waiting own[OWN_WAITING_MAX];
    unsigned n_own;
};

_Static_assert(sizeof(struct bus_route) <= BUS_ROUTE_ROOM, "a route can be copied");

void bus_route_copy(struct bus_route_copy *copy, const struct bus_route *route)
{
    memcpy(copy->room, route, sizeof(*route));
}

/* As many as the settings say, if there are descriptors for so many. */
static int find_limits(const struct bus *bus, struct bus_peers_limits *ret, struct problem *problem)
{
    struct rlimit descriptors;
    unsigned wanted = (unsigned)bus->settings->audit.subscribers_max;
    if (getrlimit(RLIMIT_NOFILE, &descriptors))
        return problem_errno(problem, "limit", "", "cannot read the limit of open files");
    if (descriptors.rlim_cur > BUS_DESCRIPTORS_MAX)
        return problem_set(problem, "limit", "", "more open files are allowed than %d", BUS_DESCRIPTORS_MAX);
    bus_peers_limits((unsigned)descriptors.rlim_cur, ret);
    if (wanted > ret->heard)
        log_warning("bus.few-descriptors", LOG_INT("open_files", descriptors.rlim_cur),
            LOG_INT("subscribers_max", ret->heard));
    else
        ret->heard = wanted;
    return 0;
}

static int open_sockets(struct bus_spine *spine, struct problem *problem)
{
    struct bus_sockets *sockets = &spine->bus->sockets;
    const struct settings_common *settings = &spine->bus->settings->common;
    struct bus_peers_limits limits;
    spine->live = bus_socket_open(sockets, BUS_SOCKET_XPUB, TOPIC_BYTES_MAX, LIVE_QUEUE, problem);
    spine->replay = bus_socket_open(sockets, BUS_SOCKET_ROUTER, REPLAY_REQUEST_BYTES_MAX, REPLAY_QUEUE, problem);
    if (!spine->live || !spine->replay || find_limits(spine->bus, &limits, problem))
        return -1;
    if (bus_socket_name(spine->live, LIVE) || bus_socket_name(spine->replay, REPLAY))
        return problem_set(problem, "bus", "", "cannot name the sockets of the streams");
    spine->listeners = bus_peers_open(sockets, spine->live, &limits, problem);
    spine->askers = bus_peers_open(sockets, spine->replay, &limits, problem);
    if (!spine->listeners || !spine->askers || bus_socket_bind(spine->live, settings->soc_live, problem))
        return -1;
    return bus_socket_bind(spine->replay, settings->soc_replay, problem);
}

struct bus_spine *bus_spine_open(struct bus *bus, struct problem *problem)
{
    struct bus_spine *spine = calloc(1, sizeof(*spine));
    if (!spine) {
        problem_set(problem, "no-memory", "", "no memory");
        return NULL;
    }
    spine->bus = bus;
    if (open_sockets(spine, problem)) {
        bus_spine_free(spine);
        return NULL;
    }
    return spine;
}

void bus_spine_free(struct bus_spine *spine)
{
    if (!spine)
        return;
    bus_peers_close(spine->listeners);
    bus_peers_close(spine->askers);
    bus_socket_close(spine->live);
    bus_socket_close(spine->replay);
    buf_free(&spine->frame);
    free(spine);
}

void bus_spine_serve(struct bus *bus, const struct bus_spine_handlers *handlers, void *arg)
{
    bus->spine->handlers = handlers;
    bus->spine->arg = arg;
    bus->again = true;
}

void bus_spine_take(struct bus_spine *spine, unsigned peer, const struct bus_route *route, const struct bus_frame *body)
{
    if (!spine->handlers || batch_decode(body->data, body->bytes, &spine->batch))
        spine->bus->refused[BUS_REFUSED_MALFORMED]++;
    else
        spine->handlers->batch(spine->arg, peer, route, &spine->batch);
}

int bus_spine_emit(struct bus_spine *spine, const char *text, size_t bytes, bus_stored *stored, void *arg)
{
    spine->bus->again = true;
    if (!spine->handlers || (stored && spine->n_own == OWN_WAITING_MAX) ||
        spine->handlers->own(spine->arg, text, bytes))
        return -1;
    if (stored)
        spine->own[spine->n_own++] = (struct own_waiting){ stored, arg };
    return 0;
}

static void settle(struct bus_spine *spine)
{
    static struct own_waiting durable[OWN_WAITING_MAX];
    if (!spine->handlers)
        return;
    spine->handlers->settle(spine->arg);
    /* Who is told may emit again; that waits for the next commit. */
    unsigned n = spine->n_own;
    memcpy(durable, spine->own, n * sizeof(*durable));
    spine->n_own = 0;
    for (unsigned i = 0; i < n; i++)
        durable[i].stored(durable[i].arg, NULL);
}

void bus_spine_answer(struct bus *bus, const struct bus_route_copy *copy, const struct batch_answer *answer)
{
    struct bus_route route;
    struct buf body = { 0 };
    memcpy(&route, copy->room, sizeof(route));
    if (!batch_answer_encode(&body, answer)) {
        const struct bus_frame frames[] = { { BUS_KIND_EVENTS, strlen(BUS_KIND_EVENTS) }, { body.data, body.length } };
        /* An answer that is lost is asked for again. */
        bus_server_send(bus, &route, frames, 2);
    }
    buf_free(&body);
}

/* Encrypting costs by the frame, hardly by its length: so all goes into one. */
static void publish(struct bus_spine *spine, int encoded)
{
    const struct bus_frame frame = { spine->frame.data, spine->frame.length };
    if (!encoded)
        bus_socket_send(spine->live, &frame, 1);
    buf_clear(&spine->frame);
}

void bus_spine_publish(struct bus *bus, const char *id, uint64_t next, uint64_t since, const struct buf *records)
{
    publish(bus->spine, resume_live_encode(&bus->spine->frame, id, next, since, records));
}

void bus_spine_publish_revoked(struct bus *bus, const char *id)
{
    publish(bus->spine, resume_live_encode_revoked(&bus->spine->frame, id));
}

static void reply(struct bus *bus, const struct bus_route *route, const struct bus_frame *frames, size_t n)
{
    struct bus_frame all[RESUME_FRAMES + 1] = { { route->bytes, route->length } };
    memcpy(all + 1, frames, n * sizeof(*frames));
    bus_socket_send(bus->spine->replay, all, n + 1);
}

void bus_spine_granted(struct bus *bus, const struct bus_route *route, const char *id, uint64_t size, uint64_t cursor)
{
    uint8_t numbers[16];
    wire_put_u64(numbers, size);
    wire_put_u64(numbers + 8, cursor);
    const struct bus_frame frames[] = {
        { "granted", 7 }, { id, RESUME_ID_BYTES - 1 }, { numbers, 8 }, { numbers + 8, 8 },
    };
    reply(bus, route, frames, 4);
}

void bus_spine_records(struct bus *bus, const struct bus_route *route, const char *id, uint64_t size, uint64_t next,
    const struct buf *records)
{
    uint8_t numbers[16];
    wire_put_u64(numbers, size);
    wire_put_u64(numbers + 8, next);
    const struct bus_frame frames[] = {
        { "records", 7 }, { id, RESUME_ID_BYTES - 1 }, { numbers, 8 }, { numbers + 8, 8 },
        { records->length ? records->data : "", records->length },
    };
    reply(bus, route, frames, 5);
}

void bus_spine_refused(struct bus *bus, const struct bus_route *route, const struct problem *problem)
{
    const struct bus_frame frames[] = {
        { "refused", 7 }, { problem->code, strlen(problem->code) }, { problem->reason, strlen(problem->reason) },
    };
    bus->refused[BUS_REFUSED_NO_PERMISSION]++;
    reply(bus, route, frames, 3);
}

/* A subscription request of XPUB: one byte, 1 or 0, and the topic. In manual mode nothing is granted but by us. */
static void take_topic(struct bus_spine *spine, const struct bus_message *message)
{
    char id[RESUME_ID_BYTES], topic[RESUME_TOPIC_BYTES];
    const uint8_t *bytes = message->frames[0].data;
    if (message->n != 1 || message->frames[0].bytes < 1 || bytes[0] != 1)
        return;
    if (resume_topic_id(bytes + 1, message->frames[0].bytes - 1, id)) {
        spine->bus->refused[BUS_REFUSED_MALFORMED]++;
        return;
    }
    /* Unknown ids are what subscribers of an earlier run of audit ask for on reconnecting; they find out and ask anew. */
    uint64_t head, since;
    if (!spine->handlers || !spine->handlers->owns(spine->arg, &message->who, id, &head, &since))
        return;
    resume_topic(topic, id);
    bus_socket_subscribe(spine->live, topic);
    /* What was published between the subscriber's replay and this moment must not wait for the next heartbeat. */
    bus_spine_publish(spine->bus, id, head, since, NULL);
}

/* Frames: routing id, then the request. */
static void take_request(struct bus_spine *spine, const struct bus_message *message)
{
    struct bus_route route = { .length = message->frames[0].bytes };
    struct resume_request request;
    if (!spine->handlers || !message->who.peer || message->n < 2 || route.length > sizeof(route.bytes) ||
        resume_request_decode(message->frames + 1, message->n - 1, &request)) {
        spine->bus->refused[BUS_REFUSED_MALFORMED]++;
        return;
    }
    memcpy(route.bytes, message->frames[0].data, route.length);
    spine->handlers->request(spine->arg, &message->who, &route, &request);
}

static void drain(struct bus_spine *spine, struct bus_socket *socket, struct bus_peers *peers, unsigned most,
    void (*take)(struct bus_spine *, const struct bus_message *))
{
    struct bus_message message;
    for (unsigned i = 0; i < most; i++) {
        int got = bus_socket_receive(socket, &message);
        if (got > 0)
            return;
        if (got < 0) {
            spine->bus->refused[BUS_REFUSED_MALFORMED]++;
            continue;
        }
        bus_peers_heard(peers, &message.who);
        take(spine, &message);
    }
    spine->bus->again = true;
}

struct bus_who bus_spine_subscriber(const struct bus_spine *spine, const struct bus_frame *name, const char *key)
{
    uint32_t number = 0;
    if (spine->handlers && (bus_frame_is(name, LIVE) || bus_frame_is(name, REPLAY)))
        number = spine->handlers->subscriber(spine->arg, key);
    return (struct bus_who){ number ? PEER_SUBSCRIBER : 0, number };
}

const char *bus_spine_key(const struct bus *bus)
{
    return bus->sockets.identity.public_key;
}

bool bus_spine_admits(struct bus_spine *spine, const struct bus_frame *name, const struct bus_who *who)
{
    struct bus_peers *peers = bus_frame_is(name, LIVE)     ? spine->listeners
                              : bus_frame_is(name, REPLAY) ? spine->askers
                                                           : NULL;
    return !peers || bus_peers_admit(peers, who, spine->bus->now_ms);
}

void bus_spine_end(struct bus *bus, uint32_t subscriber)
{
    const struct bus_who who = { PEER_SUBSCRIBER, subscriber };
    bus_peers_end(bus->spine->listeners, &who, bus->now_ms + END_MS);
    bus_peers_end(bus->spine->askers, &who, bus->now_ms + END_MS);
}

static void look_at_peers(struct bus_spine *spine)
{
    struct bus *bus = spine->bus;
    bus_due_by(bus, bus_peers_turn(spine->listeners, bus->now_ms));
    bus_due_by(bus, bus_peers_turn(spine->askers, bus->now_ms));
    bus->refused[BUS_REFUSED_BAD_HANDSHAKE] = bus_peers_failed(spine->listeners) + bus_peers_failed(spine->askers);
    bus->refused[BUS_REFUSED_SILENT] = bus_peers_silent(spine->listeners) + bus_peers_silent(spine->askers);
}

void bus_spine_turn(struct bus_spine *spine)
{
    look_at_peers(spine);
    settle(spine);
    drain(spine, spine->live, spine->listeners, BUS_MESSAGES_A_TURN, take_topic);
    drain(spine, spine->replay, spine->askers, REPLAYS_A_PASS, take_request);
}

uint64_t bus_spine_refusals(const struct bus *bus, unsigned index, const char **ret_reason)
{
    *ret_reason = index < BUS_REFUSED_COUNT ? bus_refused_words[index] : NULL;
    return index < BUS_REFUSED_COUNT ? bus->refused[index] : 0;
}

void bus_spine_count_refused(struct bus *bus, bool permission)
{
    bus->refused[permission ? BUS_REFUSED_NO_PERMISSION : BUS_REFUSED_MALFORMED]++;
}
