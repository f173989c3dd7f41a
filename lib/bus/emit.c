/*
 * Events on their way to audit. There are two lanes, so that what must go on is not held up behind what has to wait:
 * class ops has an outbox of its own, since audit takes it for longer when its disk fills up.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/bus/internal.h"
#include "lib/bus/lane.h"
#include "lib/clock.h"
#include "lib/event/event.h"

#define REACH_MS 500 /* at the program's end: for audit to be reached at all */
#define REFUSED_EVERY_MS 60000
#define ANSWER_BYTES_MAX (256u << 10)
#define PATH_BYTES 256

enum { LANE_OPS, LANE_OTHERS, LANE_COUNT };

struct bus_producer {
    struct bus *bus;
    struct bus_socket *socket;
    bool connected;
    struct bus_lane lanes[LANE_COUNT];
    struct batch_answer answer;
    uint32_t refused;        /* operations refused because the log took no entry; not told yet */
    int64_t refused_next_ms; /* when those may be told */
    void (*sent)(void *arg); /* bus_when_sent */
    void *sent_arg;
    int64_t reach_by_ms; /* then audit counts as away */
};

static int open_lanes(struct bus_producer *producer, const char *path, struct problem *problem)
{
    const struct settings_bus *settings = &producer->bus->settings->bus;
    char ops_path[PATH_BYTES];
    snprintf(ops_path, sizeof(ops_path), "%s.ops", path);
    return bus_lane_open(
               &producer->lanes[LANE_OPS], producer->bus, ops_path, (size_t)settings->outbox_ops_bytes, problem) ||
                   bus_lane_open(
                       &producer->lanes[LANE_OTHERS], producer->bus, path, (size_t)settings->outbox_bytes, problem)
               ? -1
               : 0;
}

struct bus_producer *bus_producer_open(struct bus *bus, const char *path, struct problem *problem)
{
    struct bus_producer *producer = calloc(1, sizeof(*producer));
    const char *key = bus_keys_key(&bus->keys, PEER_AUDIT);
    if (!producer || !key) {
        problem_set(problem, "bad-keys", "bus.keys", "bus.keys has no key of audit");
        free(producer);
        return NULL;
    }
    producer->bus = bus;
    if (!open_lanes(producer, path, problem))
        producer->socket = bus_socket_open(&bus->sockets, BUS_SOCKET_DEALER, ANSWER_BYTES_MAX, BUS_QUEUE, problem);
    if (!producer->socket || bus_socket_connect(producer->socket, bus_endpoint(bus, PEER_AUDIT), key, problem)) {
        bus_producer_free(producer);
        return NULL;
    }
    return producer;
}

void bus_producer_free(struct bus_producer *producer)
{
    if (!producer)
        return;
    bus_socket_close(producer->socket);
    for (int i = 0; i < LANE_COUNT; i++)
        bus_lane_close(&producer->lanes[i]);
    free(producer);
}

static struct bus_lane *lane_of(struct bus_producer *producer, enum class class)
{
    return &producer->lanes[class == CLASS_OPS ? LANE_OPS : LANE_OTHERS];
}

int bus_emit(
    struct bus *bus, enum event event, const struct event_about *about, const void *data, bus_stored *stored, void *arg)
{
    struct buf text = { 0 };
    assert(bus->producer || bus->spine);
    int error = event_produce(&text, event, about, data);
    if (!error)
        error = bus->spine
                    ? bus_spine_emit(bus->spine, text.data, text.length, stored, arg)
                    : bus_lane_keep(lane_of(bus->producer, (enum class)event_rows[event].class), &text, stored, arg);
    buf_free(&text);
    return error;
}

int bus_outbox_sync(struct bus *bus, enum class class)
{
    return bus->producer ? outbox_sync(lane_of(bus->producer, class)->outbox) : 0;
}

bool bus_outbox_has_room(const struct bus *bus, enum class class)
{
    if (!bus->producer)
        return true;
    const struct settings_bus *settings = &bus->settings->bus;
    int64_t bytes = class == CLASS_OPS ? settings->outbox_ops_bytes : settings->outbox_bytes;
    return outbox_waiting_bytes(lane_of(bus->producer, class)->outbox) < (uint64_t)bytes / 2;
}

void bus_outbox_state(const struct bus *bus, struct bus_outbox_state *ret)
{
    const struct bus_producer *producer = bus->producer;
    *ret = (struct bus_outbox_state){ .audit_takes = producer != NULL };
    for (int i = 0; producer && i < LANE_COUNT; i++) {
        const struct bus_lane *lane = &producer->lanes[i];
        ret->waiting += outbox_waiting(lane->outbox);
        ret->waiting_bytes += outbox_waiting_bytes(lane->outbox);
        ret->dropped += outbox_dropped(lane->outbox);
        ret->audit_takes = ret->audit_takes && lane->takes;
    }
}

int64_t bus_log_away_ms(const struct bus *bus)
{
    const struct bus_lane *lane = bus->producer ? &bus->producer->lanes[LANE_OPS] : NULL;
    return lane && !lane->takes ? bus->now_ms - lane->untaken_since_ms : 0;
}

void bus_count_unlogged(struct bus *bus)
{
    if (bus->producer)
        bus->producer->refused++;
}

void bus_when_sent(struct bus *bus, void (*done)(void *arg), void *arg)
{
    if (!bus->producer) {
        done(arg);
        return;
    }
    bus->producer->sent = done;
    bus->producer->sent_arg = arg;
    bus->producer->reach_by_ms = clock_mono_ms() + REACH_MS;
    bus->again = true;
}

static void tell_when_sent(struct bus_producer *producer)
{
    void (*sent)(void *arg) = producer->sent;
    bool waiting = false, reached = producer->connected;
    if (!sent)
        return;
    for (int i = 0; i < LANE_COUNT; i++) {
        const struct bus_lane *lane = &producer->lanes[i];
        waiting = waiting || outbox_waiting(lane->outbox);
        reached = reached && (lane->takes || !outbox_waiting(lane->outbox));
    }
    if (waiting && (reached || producer->bus->now_ms < producer->reach_by_ms)) {
        bus_due_by(producer->bus, reached ? INT64_MAX : producer->reach_by_ms);
        return;
    }
    producer->sent = NULL;
    sent(producer->sent_arg);
}

static void take_answer(struct bus_producer *producer, const struct bus_message *message)
{
    struct batch_answer *answer = &producer->answer;
    if (message->n == 2 && bus_frame_is(&message->frames[0], BUS_KIND_EVENTS) &&
        !batch_answer_decode(message->frames[1].data, message->frames[1].bytes, answer)) {
        for (int i = 0; i < LANE_COUNT; i++) {
            if (answer->outbox == outbox_id(producer->lanes[i].outbox)) {
                bus_lane_take_answer(&producer->lanes[i], answer);
                return;
            }
        }
    }
    producer->bus->refused[BUS_REFUSED_MALFORMED]++;
}

static void watch_connection(struct bus_producer *producer)
{
    bool connected = bus_socket_takes(producer->socket);
    for (int i = 0; i < LANE_COUNT && connected != producer->connected; i++)
        bus_lane_connected(&producer->lanes[i], connected);
    producer->connected = connected;
}

/* The first at once, those that follow together: while the disk is full each telling takes from the log's reserve. */
static void own_up_refused(struct bus_producer *producer)
{
    struct bus *bus = producer->bus;
    const struct event_about about = { 0 };
    const struct event_operations_refused refused = { __builtin_ctz(bus->peer), producer->refused };
    if (!producer->refused)
        return;
    if (bus->now_ms < producer->refused_next_ms && !producer->sent) {
        bus_due_by(bus, producer->refused_next_ms);
        return;
    }
    if (emit_operations_refused(bus, &about, &refused, NULL, NULL))
        return;
    producer->refused = 0;
    producer->refused_next_ms = bus->now_ms + REFUSED_EVERY_MS;
}

/* What did not fit into an outbox is itself an event, once there is room, and so are operations that were refused. */
static void own_up(struct bus_producer *producer)
{
    struct bus *bus = producer->bus;
    const struct event_about about = { 0 };
    if (!producer->lanes[LANE_OPS].takes || !bus_outbox_has_room(bus, CLASS_OPS))
        return;
    for (int i = 0; i < LANE_COUNT; i++) {
        struct outbox *outbox = producer->lanes[i].outbox;
        const struct event_events_dropped dropped = {
            .service = __builtin_ctz(bus->peer),
            .dropped = outbox_dropped(outbox),
        };
        if (dropped.dropped && !emit_events_dropped(bus, &about, &dropped, NULL, NULL))
            outbox_dropped_said(outbox, dropped.dropped);
    }
    own_up_refused(producer);
}

void bus_producer_turn(struct bus_producer *producer)
{
    struct bus_message message;
    for (int got = 0; got <= 0;) {
        got = bus_socket_receive(producer->socket, &message);
        if (!got)
            take_answer(producer, &message);
    }
    watch_connection(producer);
    own_up(producer);
    for (int i = 0; i < LANE_COUNT; i++)
        bus_lane_turn(&producer->lanes[i], producer->socket, producer->connected);
    tell_when_sent(producer);
}
