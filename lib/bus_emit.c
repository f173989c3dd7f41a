/*
 * Events on their way to audit: from the outbox in batches, in order, until audit says that they are durable.
 *
 * Whatever is lost on the way (audit dies, the connection breaks) is found by audit's answer or by silence, and sent
 * again from the oldest event that waits; audit knows what it already has by the outbox's id and the sequence.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus_batch.h"
#include "lib/bus_internal.h"
#include "lib/clock.h"
#include "lib/event.h"
#include "lib/log.h"
#include "lib/outbox.h"

#define WINDOW_BYTES (2u << 20)     /* sent and not yet acknowledged */
#define SILENCE_MS 2000             /* no answer for so long: send again */
#define LATER_MS 500                /* audit's disk is full: ask again after this */
#define RESEND_PAUSE_MS 100         /* all batches behind a lost one are answered "resend": once is enough */
#define REACH_MS 500                /* at the program's end: for audit to be reached at all */
#define ANSWER_BYTES_MAX (256u << 10)

struct waiting {
    uint64_t sequence;
    bus_stored *stored;
    void *arg;
};

struct bus_producer {
    struct bus *bus;
    struct outbox *outbox;
    struct bus_socket *socket;
    bool connected, takes;          /* takes: its last answer was not "later" */
    bool asked;                     /* since the connection came up */
    struct outbox_place next;       /* first record not sent yet */
    uint64_t last_sent;             /* sequence of the one before it */
    int64_t answer_by_ms;           /* something is on its way: when it counts as lost */
    int64_t pause_until_ms;
    int64_t resent_ms;
    struct waiting *waiting;        /* a ring: who wants to hear, by rising sequence */
    size_t first, n_waiting, room;
    struct buf batch;
    struct batch_answer answer;
    void (*sent)(void *arg);        /* bus_when_sent */
    void *sent_arg;
    int64_t reach_by_ms;            /* then audit counts as away */
};

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
    producer->outbox = outbox_open(path, (size_t)bus->settings->bus.outbox_bytes, problem);
    if (producer->outbox) {
        producer->next = outbox_oldest(producer->outbox);
        producer->socket = bus_socket_open(&bus->sockets, BUS_SOCKET_DEALER, ANSWER_BYTES_MAX, BUS_QUEUE,
            problem);
    }
    if (!producer->socket ||
        bus_socket_connect(producer->socket, bus_endpoint(bus, PEER_AUDIT), key, problem)) {
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
    outbox_free(producer->outbox);
    free(producer->waiting);
    buf_free(&producer->batch);
    free(producer);
}

/* Room for one more who wants to hear, before the event is kept. */
static int make_room(struct bus_producer *producer)
{
    if (producer->n_waiting < producer->room)
        return 0;
    size_t room = producer->room ? producer->room * 2 : 64;
    struct waiting *waiting = malloc(room * sizeof(*waiting));
    if (!waiting)
        return -1;
    for (size_t i = 0; i < producer->n_waiting; i++)
        waiting[i] = producer->waiting[(producer->first + i) % producer->room];
    free(producer->waiting);
    producer->waiting = waiting;
    producer->first = 0;
    producer->room = room;
    return 0;
}

static int keep(struct bus_producer *producer, const struct buf *text, bus_stored *stored, void *arg)
{
    uint64_t sequence;
    if ((stored && make_room(producer)) || outbox_put(producer->outbox, text->data, text->length, &sequence))
        return -1;
    if (stored)
        producer->waiting[(producer->first + producer->n_waiting++) % producer->room] =
            (struct waiting){ sequence, stored, arg };
    producer->bus->again = true;
    return 0;
}

int bus_emit(struct bus *bus, enum event event, const struct event_about *about, const void *data,
    bus_stored *stored, void *arg)
{
    struct buf text = { 0 };
    assert(bus->producer || bus->spine);
    int error = event_produce(&text, event, about, data);
    if (!error)
        error = bus->spine ? bus_spine_emit(bus->spine, text.data, text.length, stored, arg)
                           : keep(bus->producer, &text, stored, arg);
    buf_free(&text);
    return error;
}

void bus_outbox_state(const struct bus *bus, struct bus_outbox_state *ret)
{
    const struct bus_producer *producer = bus->producer;
    *ret = (struct bus_outbox_state){ 0 };
    if (!producer)
        return;
    ret->waiting = outbox_waiting(producer->outbox);
    ret->waiting_bytes = outbox_waiting_bytes(producer->outbox);
    ret->dropped = outbox_dropped(producer->outbox);
    ret->audit_takes = producer->connected && producer->takes;
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
    if (!sent)
        return;
    bool reached = producer->connected && producer->takes;
    if (outbox_waiting(producer->outbox) && (reached || producer->bus->now_ms < producer->reach_by_ms)) {
        bus_due_by(producer->bus, reached ? INT64_MAX : producer->reach_by_ms);
        return;
    }
    producer->sent = NULL;
    sent(producer->sent_arg);
}

static const struct batch_refused *find_refused(const struct batch_answer *answer, uint64_t sequence)
{
    for (size_t i = 0; i < answer->n_refused; i++) {
        if (answer->refused[i].sequence == sequence)
            return &answer->refused[i];
    }
    return NULL;
}

/* Tell everybody whose event is durable, or refused for good. */
static void tell(struct bus_producer *producer, const struct batch_answer *answer)
{
    while (producer->n_waiting && producer->waiting[producer->first].sequence <= answer->through) {
        struct waiting one = producer->waiting[producer->first];
        const struct batch_refused *refused = find_refused(answer, one.sequence);
        struct problem problem;
        producer->first = (producer->first + 1) % producer->room;
        producer->n_waiting--;
        if (refused)
            problem_set(&problem, "event-refused", "", "audit refused the event: %.*s", (int)refused->code_bytes,
                refused->code);
        one.stored(one.arg, refused ? &problem : NULL);
    }
}

static void go_back(struct bus_producer *producer)
{
    producer->next = outbox_oldest(producer->outbox);
    producer->resent_ms = producer->bus->now_ms;
    producer->answer_by_ms = 0;
}

static void note_refused(const struct batch_answer *answer)
{
    for (size_t i = 0; i < answer->n_refused; i++) {
        char code[65];
        snprintf(code, sizeof(code), "%.*s", (int)answer->refused[i].code_bytes, answer->refused[i].code);
        log_error("bus.event-refused", LOG_INT("sequence", answer->refused[i].sequence), LOG_TEXT("code", code));
    }
}

static void take_answer(struct bus_producer *producer, const struct bus_message *message)
{
    struct batch_answer *answer = &producer->answer;
    int64_t now_ms = producer->bus->now_ms;
    if (message->n != 2 || !bus_frame_is(&message->frames[0], BUS_KIND_EVENTS) ||
        batch_answer_decode(message->frames[1].data, message->frames[1].bytes, answer) ||
        answer->outbox != outbox_id(producer->outbox)) {
        producer->bus->refused[BUS_REFUSED_MALFORMED]++;
        return;
    }
    outbox_forget(producer->outbox, answer->through);
    producer->answer_by_ms = producer->next.offset > outbox_oldest(producer->outbox).offset ? now_ms + SILENCE_MS : 0;
    producer->takes = answer->status != BATCH_LATER;
    if (answer->status == BATCH_LATER) {
        producer->pause_until_ms = now_ms + LATER_MS;
        go_back(producer);
    } else if (answer->status == BATCH_RESEND) {
        producer->answer_by_ms = producer->resent_ms + RESEND_PAUSE_MS;
    }
    note_refused(answer);
    tell(producer, answer);
}

/* Fill one batch from the place on. Returns how many events it holds. */
static size_t fill_batch(struct bus_producer *producer, struct outbox_place *place)
{
    struct outbox_record record;
    uint64_t before = 0;
    size_t n = 0;
    /* What precedes the first one: audit refuses a batch whose forerunner it never saw. */
    if (place->offset > outbox_oldest(producer->outbox).offset)
        before = producer->last_sent;
    buf_clear(&producer->batch);
    batch_start(&producer->batch, outbox_id(producer->outbox), before);
    while (n < BATCH_EVENTS_MAX && producer->batch.length < BATCH_BYTES_MAX - OUTBOX_RECORD_BYTES - 16 &&
           !outbox_read(producer->outbox, place, &record)) {
        if (batch_add(&producer->batch, record.sequence, record.data, record.bytes))
            break;
        producer->last_sent = record.sequence;
        n++;
    }
    return n;
}

static int send_batch(struct bus_producer *producer)
{
    const struct bus_frame frames[] = {
        { BUS_KIND_EVENTS, strlen(BUS_KIND_EVENTS) },
        { producer->batch.data, producer->batch.length },
    };
    if (bus_socket_send(producer->socket, frames, 2))
        return -1;
    if (!producer->answer_by_ms)
        producer->answer_by_ms = producer->bus->now_ms + SILENCE_MS;
    return 0;
}

static void send_waiting(struct bus_producer *producer)
{
    for (;;) {
        struct outbox_place place = producer->next;
        uint64_t last_sent = producer->last_sent;
        if (place.offset - outbox_oldest(producer->outbox).offset >= WINDOW_BYTES && place.offset > 0)
            return;
        if (!fill_batch(producer, &place) && producer->asked)
            return;
        if (send_batch(producer)) {
            producer->last_sent = last_sent;
            return;
        }
        producer->next = place;
        producer->asked = true;
    }
}

static void watch_connection(struct bus_producer *producer)
{
    bool connected = bus_socket_takes(producer->socket);
    if (connected && !producer->connected) {
        producer->takes = false; /* until it has answered */
        producer->asked = false;
        producer->pause_until_ms = 0;
        go_back(producer);
    }
    producer->connected = connected;
}

/* What did not fit into the outbox is itself an event, once there is room. */
static void own_up(struct bus_producer *producer)
{
    const struct event_events_dropped data = {
        .service = __builtin_ctz(producer->bus->peer),
        .dropped = outbox_dropped(producer->outbox),
    };
    const struct event_about about = { 0 };
    bool room = outbox_waiting_bytes(producer->outbox) < (uint64_t)producer->bus->settings->bus.outbox_bytes / 2;
    if (data.dropped && room && !emit_events_dropped(producer->bus, &about, &data, NULL, NULL))
        outbox_dropped_said(producer->outbox, data.dropped);
}

void bus_producer_turn(struct bus_producer *producer)
{
    struct bus *bus = producer->bus;
    struct bus_message message;
    for (int got = 0; got <= 0;) {
        got = bus_socket_receive(producer->socket, &message);
        if (!got)
            take_answer(producer, &message);
    }
    watch_connection(producer);
    if (producer->connected && producer->takes)
        own_up(producer);
    if (producer->answer_by_ms && bus->now_ms >= producer->answer_by_ms) {
        producer->asked = false;
        go_back(producer);
    }
    if (producer->connected && bus->now_ms >= producer->pause_until_ms)
        send_waiting(producer);
    if (producer->answer_by_ms)
        bus_due_by(bus, producer->answer_by_ms);
    if (producer->pause_until_ms > bus->now_ms)
        bus_due_by(bus, producer->pause_until_ms);
    tell_when_sent(producer);
}
