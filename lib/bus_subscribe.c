/*
 * A subscription: the client of resume/1.
 *
 *     connect → ask for a filter of each class → (live frames queue in the SUB socket) → replay to the end
 *     → read live: drop what was delivered, replay on a gap → after 3 s of silence, or when audit is gone: connect anew
 *
 * The live socket is not read while something is being replayed: libzmq's queue is the buffer, and what overflows it is
 * a gap like any other.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus_internal.h"
#include "lib/bus_resume.h"
#include "lib/event.h"
#include "lib/log.h"

#define SILENCE_MS 3000         /* audit sends a heartbeat each second */
#define ANSWER_MS 3000          /* for an answer to a request */
#define RECONNECT_MS 100        /* pause before connecting anew */
#define REFUSED_MS 5000         /* pause after a refusal: it takes a person to change that */
#define LIVE_QUEUE 8192
#define LIVE_BYTES_MAX (128u << 10)
#define ANSWER_BYTES_MAX (RESUME_BYTES_MAX + (128u << 10))

enum stage { STAGE_CONNECTING, STAGE_ASKING, STAGE_REPLAYING, STAGE_LIVE };

struct class_cursor {
    bool wanted, from_start;        /* from_start: a first sequence was asked for */
    char id[RESUME_ID_BYTES];       /* of the granted filter; "": not granted yet */
    uint64_t next;                  /* everything before it was delivered */
    bool behind;                    /* something from next on is known to be missing here */
};

struct bus_subscription {
    struct bus *bus;
    struct bus_subscription *next;
    struct bus_filter filter;
    char tenant[33];
    bus_event_taken *taken;
    void *arg;

    enum stage stage;
    struct bus_socket *live, *replay;
    struct class_cursor classes[CLASS_COUNT];
    bool asked;                     /* a request is on its way, about class `current` */
    int current;
    int64_t silent_at_ms;           /* if nothing comes by then, audit counts as gone */
    int64_t connect_at_ms;
    bool connected;                 /* audit's replay endpoint was reached */
    bool caught_up;                 /* said since the connection was made */
    bool ended;
    struct resume_room room;
};

static void disconnect(struct bus_subscription *subscription, int64_t pause_ms)
{
    bus_socket_close(subscription->live);
    bus_socket_close(subscription->replay);
    subscription->live = subscription->replay = NULL;
    subscription->stage = STAGE_CONNECTING;
    subscription->asked = false;
    subscription->connect_at_ms = subscription->bus->now_ms + pause_ms;
    for (int class = 0; class < CLASS_COUNT; class ++)
        subscription->classes[class].id[0] = '\0';
}

static int open_sockets(struct bus_subscription *subscription, struct problem *problem)
{
    struct bus *bus = subscription->bus;
    const char *key = bus_keys_key(&bus->keys, PEER_AUDIT);
    if (!key)
        return problem_set(problem, "bad-keys", "bus.keys", "bus.keys has no key of audit");
    subscription->live = bus_socket_open(&bus->sockets, BUS_SOCKET_SUB, LIVE_BYTES_MAX, LIVE_QUEUE, problem);
    subscription->replay = bus_socket_open(&bus->sockets, BUS_SOCKET_DEALER, ANSWER_BYTES_MAX, BUS_QUEUE,
        problem);
    if (!subscription->live || !subscription->replay ||
        bus_socket_connect(subscription->live, bus->settings->common.soc_live, key, problem) ||
        bus_socket_connect(subscription->replay, bus->settings->common.soc_replay, key, problem))
        return -1;
    subscription->stage = STAGE_ASKING;
    subscription->connected = subscription->caught_up = false;
    subscription->silent_at_ms = bus->now_ms + ANSWER_MS;
    return 0;
}

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
        .replay = subscription->stage == STAGE_REPLAYING,
        .filter = {
            .class = (enum class)class,
            .least_sev = subscription->filter.least_sev ? subscription->filter.least_sev : 4,
            .event = -1,
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

static void deliver(struct bus_subscription *subscription, int class, const struct resume_record *record)
{
    struct event_read read;
    struct problem problem;
    subscription->classes[class].next = record->sequence + 1;
    if (event_read_stored(record->json, record->bytes, &read, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "bus.unreadable-event", &problem);
        return;
    }
    subscription->taken(subscription->arg, &read.event);
    event_free(&read);
}

static void take_granted(struct bus_subscription *subscription, const struct resume_answer *answer)
{
    struct class_cursor *cursor = &subscription->classes[subscription->current];
    char topic[RESUME_TOPIC_BYTES];
    memcpy(cursor->id, answer->id, sizeof(cursor->id));
    resume_topic(topic, cursor->id);
    bus_socket_subscribe(subscription->live, topic);
    if (!cursor->from_start) {
        cursor->from_start = true;
        cursor->next = answer->size;
    }
    /* Even if nothing is missing by that size, something may come before the topic is in force. */
    cursor->behind = true;
}

static int take_records(struct bus_subscription *subscription, struct resume_answer *answer)
{
    struct class_cursor *cursor = &subscription->classes[subscription->current];
    struct resume_record record;
    int more;
    if (subscription->stage != STAGE_REPLAYING || strcmp(answer->id, cursor->id))
        return -1;
    while (!(more = resume_record(&answer->records, &record)) && !subscription->ended) {
        if (record.sequence >= cursor->next)
            deliver(subscription, subscription->current, &record);
    }
    if (more < 0)
        return -1;
    if (answer->next > cursor->next)
        cursor->next = answer->next;
    cursor->behind = answer->next < answer->size;
    return 0;
}

static void take_refused(struct bus_subscription *subscription, const struct resume_answer *answer)
{
    char code[65], reason[201];
    snprintf(code, sizeof(code), "%.*s", (int)answer->code.bytes, (const char *)answer->code.data);
    snprintf(reason, sizeof(reason), "%.*s", (int)answer->reason.bytes, (const char *)answer->reason.data);
    log_warning("bus.subscription-refused", LOG_TEXT("code", code), LOG_TEXT("reason", reason));
    disconnect(subscription, strcmp(code, "unknown-filter") ? REFUSED_MS : RECONNECT_MS);
}

static void take_answer(struct bus_subscription *subscription, const struct bus_message *message)
{
    struct resume_answer answer;
    int error = !subscription->asked || resume_answer_decode(message->frames, message->n, &answer);
    subscription->asked = false;
    subscription->silent_at_ms = subscription->bus->now_ms + SILENCE_MS;
    if (!error && answer.kind == RESUME_REFUSED)
        take_refused(subscription, &answer);
    else if (!error && answer.kind == RESUME_GRANTED && subscription->stage == STAGE_ASKING)
        take_granted(subscription, &answer);
    else if (error || take_records(subscription, &answer))
        disconnect(subscription, RECONNECT_MS);
}

static int class_of(const struct bus_subscription *subscription, const char *id)
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (!strcmp(subscription->classes[class].id, id))
            return class;
    }
    return -1;
}

/* 0, or -1: not for us or not readable. */
static int take_live(struct bus_subscription *subscription, const struct bus_message *message)
{
    struct resume_live live;
    int class = resume_live_decode(message->frames, message->n, &live) ? -1 : class_of(subscription, live.id);
    if (class < 0)
        return -1;
    struct class_cursor *cursor = &subscription->classes[class];
    subscription->silent_at_ms = subscription->bus->now_ms + SILENCE_MS;
    if (live.sequence < cursor->next || (!live.bytes && live.sequence == cursor->next))
        return 0;
    if (live.since > cursor->next || !live.bytes) {
        cursor->behind = true;
        subscription->stage = STAGE_REPLAYING;
        return 0;
    }
    const struct resume_record record = { live.sequence, live.json, live.bytes };
    deliver(subscription, class, &record);
    return 0;
}

static void read_answers(struct bus_subscription *subscription)
{
    struct bus_message message;
    while (!subscription->ended && subscription->replay && bus_socket_receive(subscription->replay, &message) <= 0)
        take_answer(subscription, &message);
}

static void read_live(struct bus_subscription *subscription)
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

/* Ask for what is missing; when nothing is, go on to the next stage. */
static void advance(struct bus_subscription *subscription)
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

/* Audit has gone: it was there and takes no requests now, or it is silent. */
static bool is_lost(struct bus_subscription *subscription)
{
    bool connected = bus_socket_takes(subscription->replay);
    bool broken = subscription->connected && !connected;
    subscription->connected = connected;
    return broken || subscription->bus->now_ms >= subscription->silent_at_ms;
}

static void attend(struct bus_subscription *subscription)
{
    struct bus *bus = subscription->bus;
    struct problem problem;
    if (subscription->stage == STAGE_CONNECTING && bus->now_ms >= subscription->connect_at_ms &&
        open_sockets(subscription, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "bus.cannot-subscribe", &problem);
        disconnect(subscription, REFUSED_MS);
    }
    if (subscription->stage != STAGE_CONNECTING)
        read_answers(subscription);
    if (subscription->stage != STAGE_CONNECTING && !subscription->ended)
        advance(subscription);
    if (subscription->stage == STAGE_LIVE && !subscription->ended)
        read_live(subscription);
    if (subscription->stage != STAGE_CONNECTING && is_lost(subscription))
        disconnect(subscription, RECONNECT_MS);
    if (subscription->live)
        bus_socket_leave_alone(subscription->live, subscription->stage != STAGE_LIVE);
    bus_due_by(bus, subscription->stage == STAGE_CONNECTING ? subscription->connect_at_ms : subscription->silent_at_ms);
}

static void subscription_free(struct bus_subscription *subscription)
{
    bus_socket_close(subscription->live);
    bus_socket_close(subscription->replay);
    buf_free(&subscription->room.text);
    free(subscription);
}

void bus_subscriptions_turn(struct bus *bus)
{
    for (struct bus_subscription **link = &bus->subscriptions; *link;) {
        struct bus_subscription *subscription = *link;
        if (!subscription->ended)
            attend(subscription);
        if (subscription->ended) {
            *link = subscription->next;
            subscription_free(subscription);
        } else {
            link = &subscription->next;
        }
    }
}

void bus_subscriptions_free(struct bus *bus)
{
    while (bus->subscriptions) {
        struct bus_subscription *subscription = bus->subscriptions;
        bus->subscriptions = subscription->next;
        subscription_free(subscription);
    }
}

struct bus_subscription *bus_subscribe(struct bus *bus, const struct bus_filter *filter,
    const uint64_t from[CLASS_COUNT], bus_event_taken *taken, void *arg, struct problem *problem)
{
    struct bus_subscription *subscription = calloc(1, sizeof(*subscription));
    size_t tenant_bytes = filter->tenant ? strlen(filter->tenant) : 0;
    if (!subscription || tenant_bytes >= sizeof(subscription->tenant)) {
        problem_set(problem, "bad-field", "tenant", "no tenant has so long a name, or no memory");
        free(subscription);
        return NULL;
    }
    subscription->bus = bus;
    subscription->filter = *filter;
    memcpy(subscription->tenant, filter->tenant ? filter->tenant : "", tenant_bytes);
    subscription->taken = taken;
    subscription->arg = arg;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        subscription->classes[class].wanted = filter->classes & 1u << class;
        subscription->classes[class].from_start = from[class] != BUS_FROM_NOW;
        subscription->classes[class].next = from[class];
    }
    subscription->next = bus->subscriptions;
    bus->subscriptions = subscription;
    bus->again = true;
    return subscription;
}

void bus_unsubscribe(struct bus_subscription *subscription)
{
    if (!subscription)
        return;
    subscription->ended = true; /* freed at the next turn: it may be in the midst of a callback */
    subscription->bus->again = true;
}
