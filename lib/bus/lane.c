/*
 * Whatever is lost on the way (audit dies, the connection breaks) is found by audit's answer or by silence, and sent
 * again from the oldest event that waits; audit knows what it already has by the outbox's id and the sequence.
 */
#include "lib/bus/lane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"

#define WINDOW_BYTES (2u << 20) /* sent and not yet acknowledged */
#define SILENCE_MS 2000         /* no answer for so long: send again */
#define LATER_MS 500            /* audit takes nothing of this lane now: ask again after this */
#define RESEND_PAUSE_MS 100     /* all batches behind a lost one are answered "resend": once is enough */

int bus_lane_open(struct bus_lane *lane, struct bus *bus, const char *path, size_t bytes, struct problem *problem)
{
    lane->bus = bus;
    lane->untaken_since_ms = clock_mono_ms();
    lane->outbox = outbox_open(path, bytes, problem);
    if (!lane->outbox)
        return -1;
    lane->next = outbox_oldest(lane->outbox);
    return 0;
}

void bus_lane_close(struct bus_lane *lane)
{
    outbox_free(lane->outbox);
    free(lane->waiting);
    buf_free(&lane->batch);
}

/* Room for one more who wants to hear, before the event is kept. */
static int make_room(struct bus_lane *lane)
{
    if (lane->n_waiting < lane->room)
        return 0;
    size_t room = lane->room ? lane->room * 2 : 64;
    struct bus_waiting *waiting = malloc(room * sizeof(*waiting));
    if (!waiting)
        return -1;
    for (size_t i = 0; i < lane->n_waiting; i++)
        waiting[i] = lane->waiting[(lane->first + i) % lane->room];
    free(lane->waiting);
    lane->waiting = waiting;
    lane->first = 0;
    lane->room = room;
    return 0;
}

int bus_lane_keep(struct bus_lane *lane, const struct buf *text, bus_stored *stored, void *arg)
{
    uint64_t sequence;
    if ((stored && make_room(lane)) || outbox_put(lane->outbox, text->data, text->length, &sequence))
        return -1;
    if (stored)
        lane->waiting[(lane->first + lane->n_waiting++) % lane->room] = (struct bus_waiting){ sequence, stored, arg };
    lane->bus->again = true;
    return 0;
}

static const struct batch_refused *find_refused(const struct batch_answer *answer, uint64_t sequence)
{
    for (size_t i = 0; i < answer->n_refused; i++) {
        if (answer->refused[i].sequence == sequence)
            return &answer->refused[i];
    }
    return NULL;
}

static bool is_code(const struct batch_refused *refused, const char *code)
{
    return refused->code_bytes == strlen(code) && !memcmp(refused->code, code, refused->code_bytes);
}

static void tell_one(const struct bus_waiting *one, const struct batch_refused *refused)
{
    struct problem problem;
    if (!refused)
        one->stored(one->arg, NULL);
    else if (is_code(refused, BATCH_LOG_FULL))
        problem_set(&problem, BATCH_LOG_FULL, "", "the log's disk is full");
    else if (is_code(refused, BATCH_SLOW_DOWN))
        problem_set(
            &problem, BATCH_SLOW_DOWN, "", "you ask for so much that the log would soon have no room for others");
    else
        problem_set(
            &problem, "event-refused", "", "audit refused the event: %.*s", (int)refused->code_bytes, refused->code);
    if (refused)
        one->stored(one->arg, &problem);
}

/* Tell everybody whose event is durable, or refused for good. */
static void tell(struct bus_lane *lane, const struct batch_answer *answer)
{
    while (lane->n_waiting && lane->waiting[lane->first].sequence <= answer->through) {
        struct bus_waiting one = lane->waiting[lane->first];
        lane->first = (lane->first + 1) % lane->room;
        lane->n_waiting--;
        tell_one(&one, find_refused(answer, one.sequence));
    }
}

static void go_back(struct bus_lane *lane)
{
    lane->next = outbox_oldest(lane->outbox);
    lane->resent_ms = lane->bus->now_ms;
    lane->answer_by_ms = lane->resend_at_ms = 0;
}

static void note_refused(const struct batch_answer *answer)
{
    for (size_t i = 0; i < answer->n_refused; i++) {
        char code[65];
        snprintf(code, sizeof(code), "%.*s", (int)answer->refused[i].code_bytes, answer->refused[i].code);
        log_error("bus.event-refused", LOG_INT("sequence", answer->refused[i].sequence), LOG_TEXT("code", code));
    }
}

static void set_takes(struct bus_lane *lane, bool takes)
{
    if (lane->takes && !takes)
        lane->untaken_since_ms = lane->bus->now_ms;
    lane->takes = takes;
}

void bus_lane_take_answer(struct bus_lane *lane, const struct batch_answer *answer)
{
    const int64_t now_ms = lane->bus->now_ms;
    outbox_forget(lane->outbox, answer->through);
    lane->answer_by_ms = lane->next.offset > outbox_oldest(lane->outbox).offset ? now_ms + SILENCE_MS : 0;
    lane->resend_at_ms = answer->status == BATCH_RESEND ? lane->resent_ms + RESEND_PAUSE_MS : 0;
    set_takes(lane, answer->status != BATCH_LATER);
    if (answer->status == BATCH_LATER) {
        lane->pause_until_ms = now_ms + LATER_MS;
        go_back(lane);
    }
    note_refused(answer);
    tell(lane, answer);
}

void bus_lane_connected(struct bus_lane *lane, bool connected)
{
    set_takes(lane, false); /* until it has answered */
    if (!connected)
        return;
    lane->asked = false;
    lane->pause_until_ms = 0;
    go_back(lane);
}

/* Fill one batch from the place on. Returns how many events it holds. */
static size_t fill_batch(struct bus_lane *lane, struct outbox_place *place)
{
    struct outbox_record record;
    uint64_t before = 0;
    size_t n = 0;
    /* What precedes the first one: audit refuses a batch whose forerunner it never saw. */
    if (place->offset > outbox_oldest(lane->outbox).offset)
        before = lane->last_sent;
    buf_clear(&lane->batch);
    batch_start(&lane->batch, outbox_id(lane->outbox), before);
    while (n < BATCH_EVENTS_MAX && lane->batch.length < BATCH_BYTES_MAX - OUTBOX_RECORD_BYTES - 16 &&
           !outbox_read(lane->outbox, place, &record)) {
        if (batch_add(&lane->batch, record.sequence, record.data, record.bytes))
            break;
        lane->last_sent = record.sequence;
        n++;
    }
    return n;
}

static int send_batch(struct bus_lane *lane, struct bus_socket *socket)
{
    const struct bus_frame frames[] = {
        { BUS_KIND_EVENTS, strlen(BUS_KIND_EVENTS) },
        { lane->batch.data, lane->batch.length },
    };
    if (bus_socket_send(socket, frames, 2))
        return -1;
    if (!lane->answer_by_ms)
        lane->answer_by_ms = lane->bus->now_ms + SILENCE_MS;
    return 0;
}

static void send_waiting(struct bus_lane *lane, struct bus_socket *socket)
{
    for (;;) {
        struct outbox_place place = lane->next;
        uint64_t last_sent = lane->last_sent;
        if (place.offset - outbox_oldest(lane->outbox).offset >= WINDOW_BYTES && place.offset > 0)
            return;
        if (!fill_batch(lane, &place) && lane->asked)
            return;
        if (send_batch(lane, socket)) {
            lane->last_sent = last_sent;
            return;
        }
        lane->next = place;
        lane->asked = true;
    }
}

static bool is_due(const struct bus *bus, int64_t mono_ms)
{
    return mono_ms && bus->now_ms >= mono_ms;
}

void bus_lane_turn(struct bus_lane *lane, struct bus_socket *socket, bool connected)
{
    struct bus *bus = lane->bus;
    bool silent = is_due(bus, lane->answer_by_ms);
    if (silent)
        set_takes(lane, false);
    if (silent || is_due(bus, lane->resend_at_ms)) {
        lane->asked = false;
        go_back(lane);
    }
    if (connected && bus->now_ms >= lane->pause_until_ms)
        send_waiting(lane, socket);
    if (lane->answer_by_ms)
        bus_due_by(bus, lane->answer_by_ms);
    if (lane->resend_at_ms)
        bus_due_by(bus, lane->resend_at_ms);
    if (lane->pause_until_ms > bus->now_ms)
        bus_due_by(bus, lane->pause_until_ms);
}
