/*
 * A subscription: the client of resume/1.
 *
 *     connect → ask for a filter of each class → (live frames queue in the SUB socket) → replay to the end
 *     → read live: drop what was delivered, replay on a gap → after 3 s of silence, or when audit is gone: connect anew
 *
 * The live socket is not read while something is being replayed: libzmq's queue is the buffer, and what overflows it is
 * a gap like any other.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/bus/subscriber.h"
#include "lib/bus/subscription.h"
#include "lib/log.h"

#define LIVE_QUEUE 8192
#define LIVE_BYTES_MAX (128u << 10)
#define ANSWER_BYTES_MAX (RESUME_BYTES_MAX + (128u << 10))
#define KEYS_REFUSED_MAX 3  /* in a row, before that is believed: on the way to the server anybody could say it */
#define KEY_REFUSED_MS 1000 /* pause between them */

static void close_sockets(struct bus_subscription *subscription)
{
    bus_verdict_close(subscription->verdict);
    bus_socket_close(subscription->live);
    bus_socket_close(subscription->replay);
    subscription->verdict = NULL;
    subscription->live = subscription->replay = NULL;
}

void subscription_disconnect(struct bus_subscription *subscription, int64_t pause_ms)
{
    close_sockets(subscription);
    subscription->stage = STAGE_CONNECTING;
    subscription->asked = false;
    subscription->connect_at_ms = subscription->bus->now_ms + pause_ms;
    for (int class = 0; class < CLASS_COUNT; class ++)
        subscription->classes[class].id[0] = '\0';
}

void subscription_refused(struct bus_subscription *subscription, const struct problem *problem)
{
    subscription_disconnect(subscription, REFUSED_MS);
    if (subscription->refused)
        subscription->refused(subscription->arg, problem);
    else
        log_problem(LOG_LEVEL_WARNING, "bus.subscription-refused", problem);
}

static int connect_sockets(struct bus_subscription *subscription, struct problem *problem)
{
    struct bus *bus = subscription->bus;
    const struct bus_subscriber *us = bus->subscriber;
    const char *key = us ? us->server_key : bus_keys_key(&bus->keys, PEER_AUDIT);
    if (!key)
        return problem_set(problem, "bad-keys", "bus.keys", "bus.keys has no key of audit");
    if (bus_socket_connect(subscription->live, us ? us->live : bus->settings->common.soc_live, key, problem))
        return -1;
    return bus_socket_connect(subscription->replay, us ? us->replay : bus->settings->common.soc_replay, key, problem);
}

static int open_sockets(struct bus_subscription *subscription, struct problem *problem)
{
    struct bus *bus = subscription->bus;
    subscription->live = bus_socket_open(&bus->sockets, BUS_SOCKET_SUB, LIVE_BYTES_MAX, LIVE_QUEUE, problem);
    subscription->replay = bus_socket_open(&bus->sockets, BUS_SOCKET_DEALER, ANSWER_BYTES_MAX, BUS_QUEUE, problem);
    if (!subscription->live || !subscription->replay)
        return -1;
    subscription->verdict = bus_verdict_open(&bus->sockets, subscription->replay, problem);
    if (!subscription->verdict || connect_sockets(subscription, problem))
        return -1;
    subscription->stage = STAGE_ASKING;
    subscription->connected = subscription->caught_up = false;
    subscription->silent_at_ms = bus->now_ms + ANSWER_MS;
    return 0;
}

/* Audit has gone: it was there and takes no requests now, or it is silent. */
static bool is_lost(struct bus_subscription *subscription)
{
    bool connected = bus_socket_takes(subscription->replay);
    bool broken = subscription->connected && !connected;
    subscription->connected = connected;
    return broken || subscription->bus->now_ms >= subscription->silent_at_ms;
}

/* libzmq does not try again with a key that was refused. */
static void take_verdict(struct bus_subscription *subscription)
{
    struct problem problem;
    if (!bus_verdict_refused(subscription->verdict))
        return;
    if (++subscription->keys_refused < KEYS_REFUSED_MAX) {
        subscription_disconnect(subscription, KEY_REFUSED_MS);
        return;
    }
    subscription->keys_refused = 0;
    problem_set(&problem, "key-refused", "", "the server does not take this key: it was revoked, or never added");
    subscription_refused(subscription, &problem);
}

static void begin(struct bus_subscription *subscription)
{
    struct problem problem;
    if (!open_sockets(subscription, &problem))
        return;
    log_problem(LOG_LEVEL_ERROR, "bus.cannot-subscribe", &problem);
    subscription_disconnect(subscription, REFUSED_MS);
}

static bool is_up(const struct bus_subscription *subscription)
{
    return subscription->stage != STAGE_CONNECTING && !subscription->ended;
}

static void attend(struct bus_subscription *subscription)
{
    struct bus *bus = subscription->bus;
    if (!is_up(subscription) && bus->now_ms >= subscription->connect_at_ms)
        begin(subscription);
    if (is_up(subscription))
        subscription_read_answers(subscription);
    if (is_up(subscription))
        subscription_ask(subscription);
    if (subscription->stage == STAGE_LIVE && !subscription->ended)
        subscription_read_live(subscription);
    if (is_up(subscription))
        take_verdict(subscription);
    if (is_up(subscription) && is_lost(subscription))
        subscription_disconnect(subscription, RECONNECT_MS);
    if (is_up(subscription) && bus->subscriber) {
        if (bus->now_ms >= subscription->say_at_ms)
            subscription_say(subscription);
        bus_due_by(bus, subscription->say_at_ms);
    }
    if (subscription->live)
        bus_socket_leave_alone(subscription->live, subscription->stage != STAGE_LIVE);
    bus_due_by(bus, subscription->stage == STAGE_CONNECTING ? subscription->connect_at_ms : subscription->silent_at_ms);
}

static void subscription_free(struct bus_subscription *subscription)
{
    /* The next one of this subscriber may go on where this one ended. */
    if (subscription->replay && subscription->bus->subscriber) {
        subscription_say(subscription);
        bus_socket_linger(subscription->replay);
    }
    close_sockets(subscription);
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

static int fill(struct bus_subscription *subscription, const struct bus_filter *filter,
    const uint64_t from[CLASS_COUNT], struct problem *problem)
{
    if (filter->tenant && strlen(filter->tenant) >= sizeof(subscription->tenant))
        return problem_set(problem, "bad-field", "tenant", "no tenant has so long a name");
    if (resume_types_read(filter->types, &subscription->types))
        return problem_set(problem, "bad-field", "types", "a type of event is unknown");
    subscription->undecoded = filter->undecoded;
    subscription->least_sev = filter->least_sev ? filter->least_sev : 4;
    strcpy(subscription->tenant, filter->tenant ? filter->tenant : "");
    for (int class = 0; class < CLASS_COUNT; class ++) {
        subscription->classes[class].wanted = filter->classes & 1u << class;
        subscription->classes[class].placed = from[class] < BUS_FROM_CURSOR;
        subscription->classes[class].next = from[class];
    }
    return 0;
}

struct bus_subscription *bus_subscribe(struct bus *bus, const struct bus_filter *filter,
    const uint64_t from[CLASS_COUNT], bus_event_taken *taken, void *arg, struct problem *problem)
{
    struct bus_subscription *subscription = calloc(1, sizeof(*subscription));
    if (!subscription) {
        problem_set(problem, "no-memory", "", "no memory");
        return NULL;
    }
    if (fill(subscription, filter, from, problem)) {
        free(subscription);
        return NULL;
    }
    subscription->bus = bus;
    subscription->taken = taken;
    subscription->arg = arg;
    subscription->next = bus->subscriptions;
    bus->subscriptions = subscription;
    bus->again = true;
    return subscription;
}

void bus_when_refused(struct bus_subscription *subscription, void (*refused)(void *arg, const struct problem *))
{
    subscription->refused = refused;
}

uint64_t bus_subscription_next(const struct bus_subscription *subscription, enum class class)
{
    return subscription->classes[class].next;
}

int64_t bus_subscription_heard_ms(const struct bus_subscription *subscription)
{
    return subscription->heard_ms;
}

void bus_unsubscribe(struct bus_subscription *subscription)
{
    if (!subscription)
        return;
    subscription->ended = true; /* freed at the next turn: it may be in the midst of a callback */
    subscription->bus->again = true;
}
