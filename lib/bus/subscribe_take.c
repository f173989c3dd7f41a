/* What a subscription asks, and what it hears. */
#include <stdio.h>
#include <string.h>

#include "lib/bus/subscription.h"
#include "lib/event/event.h"
#include "lib/log.h"
#include "lib/message/message.h"
#include "lib/place.h"

#define SAY_MS 1000 /* how often audit is told how far we are */

/* The first class for which something is still to be asked at this stage; -1: none. */
static int next_class(const struct bus_subscription *subscription)
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        const struct class_cursor *cursor = &subscription->classes[class];
        if (cursor->wanted && (subscription->stage == STAGE_ASKING ? !cursor->id[0] : cursor->behind))
            return class;
    }
    return -1;
}

static void send_request(struct bus_subscription *subscription, int class)
{
    const struct class_cursor *cursor = &subscription->classes[class];
    struct resume_request request = {
        .wish = subscription->stage == STAGE_REPLAYING ? RESUME_REPLAY : RESUME_SUBSCRIBE,
        .filter = {
            .class = (enum class)class,
            .least_sev = subscription->least_sev,
            .types = subscription->types,
        },
        .from = cursor->next,
        .max = RESUME_RECORDS_MAX,
    };
    memcpy(request.filter.tenant, subscription->tenant, sizeof(request.filter.tenant));
    memcpy(request.id, cursor->id, sizeof(request.id));
    if (resume_request_encode(&request, &subscription->room) ||
        bus_socket_send(subscription->replay, subscription->room.frames, subscription->room.n))
        return; /* not connected yet: the next turn tries again, silence gives up */
    subscription->asked = true;
    subscription->current = class;
    subscription->silent_at_ms = subscription->bus->now_ms + ANSWER_MS;
}

static void decode(struct bus_subscription *subscription, const struct resume_record *record)
{
    struct event_read read;
    struct problem problem;
    if (event_read_stored(record->json, record->bytes, &read, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "bus.unreadable-event", &problem);
        return;
    }
    if (read.event.event == EVENT_STREAM_GAP)
        log_warning(
            "bus.gap", LOG_TEXT("class", class_words[read.event.class]), LOG_INT("through", read.event.sequence));
    read.event.place = record->place;
    subscription->taken(subscription->arg, &read.event);
    event_free(&read);
}

static void deliver(struct bus_subscription *subscription, int class, const struct resume_record *record)
{
    const struct bus_event event = {
        .class = (enum class) class,
        .sequence = place_sequence(record->place),
        .place = record->place,
        .event = -1,
        .json = record->json,
        .json_bytes = record->bytes,
    };
    if (subscription->undecoded)
        subscription->taken(subscription->arg, &event);
    else
        decode(subscription, record);
    /* Who ends upon an event has not dealt with it. */
    if (!subscription->ended)
        subscription->classes[class].next = record->place + 1;
}

/* Those that we have not had yet, up to `next`. -1: malformed. */
static int deliver_all(struct bus_subscription *subscription, int class, struct bus_frame *records, uint64_t next)
{
    struct class_cursor *cursor = &subscription->classes[class];
    struct resume_record record;
    int more;
    while (!(more = resume_record(records, &record)) && !subscription->ended) {
        if (record.place >= cursor->next)
            deliver(subscription, class, &record);
    }
    if (more < 0)
        return -1;
    if (!subscription->ended && next > cursor->next)
        cursor->next = next;
    return 0;
}

/* Where to begin, of those that did not name a sequence. */
static void place(struct class_cursor *cursor, const struct resume_answer *answer)
{
    if (cursor->placed)
        return;
    cursor->placed = true;
    cursor->next =
        cursor->next == BUS_FROM_CURSOR && answer->cursor != RESUME_NO_CURSOR ? answer->cursor : answer->size;
}

static void take_granted(struct bus_subscription *subscription, const struct resume_answer *answer)
{
    struct class_cursor *cursor = &subscription->classes[subscription->current];
    char topic[RESUME_TOPIC_BYTES];
    memcpy(cursor->id, answer->id, sizeof(cursor->id));
    resume_topic(topic, cursor->id);
    bus_socket_subscribe(subscription->live, topic);
    place(cursor, answer);
    cursor->said = answer->cursor;
    /* Even if nothing is missing by that size, something may come before the topic is in force. */
    cursor->behind = true;
    subscription->keys_refused = 0;
}

static int take_records(struct bus_subscription *subscription, struct resume_answer *answer)
{
    struct class_cursor *cursor = &subscription->classes[subscription->current];
    if (subscription->stage != STAGE_REPLAYING || strcmp(answer->id, cursor->id) ||
        deliver_all(subscription, subscription->current, &answer->records, answer->next))
        return -1;
    cursor->behind = answer->next < answer->size;
    return 0;
}

static void take_refused(struct bus_subscription *subscription, const struct resume_answer *answer)
{
    /* Codes that a program may decide by; any other is for people. */
    static const char *const known[] = { "no-permission", "revoked", "too-many", NULL };
    char code[65], reason[256];
    struct problem problem;
    snprintf(code, sizeof(code), "%.*s", (int)answer->code.bytes, (const char *)answer->code.data);
    snprintf(reason, sizeof(reason), "%.*s", (int)answer->reason.bytes, (const char *)answer->reason.data);
    if (!strcmp(code, "unknown-filter")) {
        subscription_disconnect(subscription, RECONNECT_MS);
        return;
    }
    int index = word_index(known, code);
    problem_set(&problem, index < 0 ? "refused" : known[index], "", "%s", reason);
    subscription_refused(subscription, &problem);
}

static void hear(struct bus_subscription *subscription)
{
    subscription->heard_ms = subscription->bus->now_ms;
    subscription->silent_at_ms = subscription->heard_ms + SILENCE_MS;
}

static void take_answer(struct bus_subscription *subscription, const struct bus_message *message)
{
    struct resume_answer answer;
    int error = resume_answer_decode(message->frames, message->n, &answer);
    bool asked = subscription->asked;
    subscription->asked = false;
    hear(subscription);
    /* A refusal comes unasked, too: a cursor is answered by nothing else. */
    if (!error && answer.kind == RESUME_REFUSED)
        take_refused(subscription, &answer);
    else if (!error && asked && answer.kind == RESUME_GRANTED && subscription->stage == STAGE_ASKING)
        take_granted(subscription, &answer);
    else if (error || !asked || take_records(subscription, &answer))
        subscription_disconnect(subscription, RECONNECT_MS);
}

static int class_of(const struct bus_subscription *subscription, const char *id)
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (!strcmp(subscription->classes[class].id, id))
            return class;
    }
    return -1;
}

/* A gap, if we have not come so far as `since`. */
static int take_events(struct bus_subscription *subscription, int class, struct resume_live *live)
{
    struct class_cursor *cursor = &subscription->classes[class];
    if (live->next <= cursor->next)
        return 0;
    if (live->since > cursor->next) {
        cursor->behind = true;
        subscription->stage = STAGE_REPLAYING;
        return 0;
    }
    return deliver_all(subscription, class, &live->records, live->next);
}

/* 0, or -1: not for us or not readable. */
static int take_live(struct bus_subscription *subscription, const struct bus_message *message)
{
    struct resume_live live;
    struct problem problem;
    int class = message->n != 1 || resume_live_decode(message->frames, &live) ? -1 : class_of(subscription, live.id);
    if (class < 0)
        return -1;
    hear(subscription);
    if (!live.revoked)
        return take_events(subscription, class, &live);
    problem_set(&problem, "revoked", "", "this subscriber was revoked");
    subscription_refused(subscription, &problem);
    return 0;
}

void subscription_read_answers(struct bus_subscription *subscription)
{
    struct bus_message message;
    while (!subscription->ended && subscription->replay && bus_socket_receive(subscription->replay, &message) <= 0)
        take_answer(subscription, &message);
}

void subscription_read_live(struct bus_subscription *subscription)
{
    struct bus_message message;
    for (unsigned i = 0; i < BUS_MESSAGES_A_TURN && subscription->stage == STAGE_LIVE && !subscription->ended; i++) {
        int got = bus_socket_receive(subscription->live, &message);
        if (got > 0)
            return;
        if (got < 0 || take_live(subscription, &message))
            subscription->bus->refused[BUS_REFUSED_MALFORMED]++;
    }
    subscription->bus->again = true;
}

void subscription_ask(struct bus_subscription *subscription)
{
    while (!subscription->asked && (subscription->stage == STAGE_ASKING || subscription->stage == STAGE_REPLAYING)) {
        int class = next_class(subscription);
        if (class >= 0) {
            send_request(subscription, class);
            return;
        }
        subscription->stage++;
    }
    if (subscription->stage == STAGE_LIVE && !subscription->caught_up) {
        subscription->caught_up = true;
        subscription->taken(subscription->arg, NULL);
    }
}

void subscription_say(struct bus_subscription *subscription)
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        struct class_cursor *cursor = &subscription->classes[class];
        struct resume_request request = { .wish = RESUME_CURSOR, .from = cursor->next };
        if (!cursor->id[0] || cursor->next == cursor->said)
            continue;
        memcpy(request.id, cursor->id, sizeof(request.id));
        if (!resume_request_encode(&request, &subscription->room) &&
            !bus_socket_send(subscription->replay, subscription->room.frames, subscription->room.n))
            cursor->said = cursor->next;
    }
    subscription->say_at_ms = subscription->bus->now_ms + SAY_MS;
}
