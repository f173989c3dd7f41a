/*
 * One stream to 100 subscribers over CURVE, the real vedette-audit beside it: how many events a second reach all of
 * them, and how long an event takes from being emitted (it is made durable on the way) to being received at 1,000 a
 * second.
 *
 * `fanout_bench STATE-DIR`, beside a running audit (tests/bench/stream/fanout). The subscribers are 100 buses with a
 * key each in this one process, the producer is a child of it, so that all three share the machine's cores. Nothing is
 * published again: what a subscriber misses it replays, and each must have all.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/bus/bus.h"
#include "lib/bus/subscriber.h"
#include "lib/config.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/loop.h"

#define SUBSCRIBERS 100
#define ROUNDS 7
#define ROUND_MS 3000
#define PACE_PER_MS 1
#define WAITING 512 /* events between emitted and acknowledged, when there is no pace */
#define EVENTS_MAX (1u << 21)

enum mode { MODE_REST, MODE_PACE, MODE_PUSH, MODE_END };

/* What the producer and the subscribers share. */
static struct shared {
    _Atomic int mode;
    _Atomic uint64_t emitted, stored;
    int64_t at_us[EVENTS_MAX];
} * shared;

static struct subscriber {
    struct bus_subscriber self;
    struct bus *bus;
    uint64_t received;
} subscribers[SUBSCRIBERS];

static struct settings settings;
static struct loop *loop;
static struct loop_timer *timer;
static uint64_t done_count; /* received by all, summed */
static uint32_t *latencies_us;
static size_t n_latencies, latencies_room;
static bool measuring;

static pid_t producing;

static void die(const char *what, const struct problem *problem)
{
    fprintf(stderr, "%s: %s\n", what, problem ? problem->reason : "failed");
    if (producing > 0)
        kill(producing, SIGKILL);
    exit(1);
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static struct bus *join(unsigned peer, const char *own_key, const char *outbox)
{
    struct problem problem;
    const struct bus_options options = {
        .loop = loop,
        .settings = &settings,
        .peer = peer,
        .own_key = own_key,
        .keys = "bus.keys",
        .outbox = outbox,
    };
    struct bus *bus = bus_open(&options, &problem);
    if (!bus)
        die("bus_open", &problem);
    return bus;
}

static struct bus *producer;
static int64_t pace_from_us;
static uint64_t paced;

static void stored(void *arg, const struct problem *refused)
{
    (void)arg;
    if (refused)
        die("audit refused an event", refused);
    shared->stored++;
}

static void emit_one(void)
{
    uint64_t number = shared->emitted;
    const struct event_agent_late data = { (uint32_t)number + 1, 1700000000000, 1700000000000 };
    const struct event_about about = { .tenant = "acme", .subject = "agent/1" };
    if (number == EVENTS_MAX)
        die("too many events", NULL);
    shared->at_us[number] = now_us();
    if (emit_agent_late(producer, &about, &data, stored, NULL))
        die("the outbox is full", NULL);
    shared->emitted++;
}

static void produce(void *arg)
{
    (void)arg;
    int64_t now = now_us();
    switch ((enum mode)shared->mode) {
    case MODE_REST:
        pace_from_us = now;
        paced = 0;
        break;
    case MODE_PACE:
        for (; (int64_t)paced < (now - pace_from_us) * PACE_PER_MS / 1000; paced++)
            emit_one();
        break;
    case MODE_PUSH:
        while (shared->emitted - shared->stored < WAITING)
            emit_one();
        break;
    case MODE_END:
        loop_stop(loop);
        return;
    }
    loop_timer_set(timer, shared->mode == MODE_PUSH ? 200 : 1000);
}

static void run_producer(void)
{
    loop = loop_new();
    producer = join(PEER_INGEST, "ingest/bus.key", "ingest/outbox");
    timer = loop_timer(loop, produce, NULL);
    loop_timer_set(timer, 1);
    loop_run(loop);
    bus_free(producer);
    _exit(0);
}

/* Sequences count from 0, and so do emitted events: there are no others in this class. */
static void take(void *arg, const struct bus_event *event)
{
    struct subscriber *subscriber = arg;
    if (!event)
        return;
    if (event->sequence != subscriber->received)
        die("an event was missed, or came twice", NULL);
    subscriber->received++;
    done_count++;
    if (measuring && n_latencies < latencies_room)
        latencies_us[n_latencies++] = (uint32_t)(now_us() - shared->at_us[event->sequence]);
}

static void stop(void *arg)
{
    (void)arg;
    loop_stop(loop);
}

static void let_pass(int64_t ms)
{
    loop_timer_set(timer, ms * 1000);
    loop_run(loop);
}

static void until_all_received(void)
{
    while (shared->stored < shared->emitted || done_count < shared->emitted * SUBSCRIBERS)
        let_pass(1);
}

static void added(void *arg, const struct problem *refused, const void *reply)
{
    struct subscriber *subscriber = arg;
    const struct call_subscriber_add_reply *answer = reply;
    if (refused)
        die("subscriber.add", refused);
    snprintf(subscriber->self.server_key, sizeof(subscriber->self.server_key), "%s", answer->server_key);
    snprintf(subscriber->self.live, sizeof(subscriber->self.live), "%s", answer->live);
    snprintf(subscriber->self.replay, sizeof(subscriber->self.replay), "%s", answer->replay);
    loop_stop(loop);
}

static void add_subscriber(struct bus *cli, struct subscriber *subscriber)
{
    char name[32];
    struct problem problem;
    const uint64_t from[CLASS_COUNT] = { 0 };
    const struct bus_filter filter = { .classes = 1u << CLASS_FLEET, .undecoded = true };
    const struct call_subscriber_add request = {
        .name = name, .public_key = subscriber->self.public_key, .classes = "fleet"
    };
    const struct bus_options options = { .loop = loop, .subscriber = &subscriber->self };
    snprintf(name, sizeof(name), "%td", subscriber - subscribers);
    bus_make_key(subscriber->self.secret_key);
    bus_public_key(subscriber->self.secret_key, subscriber->self.public_key);
    ask_subscriber_add(cli, NULL, &request, 10000, added, subscriber);
    loop_run(loop);
    subscriber->bus = bus_open(&options, &problem);
    if (!subscriber->bus || !bus_subscribe(subscriber->bus, &filter, from, take, subscriber, &problem))
        die("subscribing", &problem);
}

static int by_latency(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static double round_of(enum mode mode)
{
    uint64_t before = shared->emitted;
    int64_t began_us = now_us();
    n_latencies = 0;
    measuring = mode == MODE_PACE;
    shared->mode = mode;
    let_pass(ROUND_MS);
    shared->mode = MODE_REST;
    let_pass(5);
    until_all_received();
    if (mode == MODE_PUSH)
        return (double)(shared->emitted - before) * 1e6 / (double)(now_us() - began_us);
    qsort(latencies_us, n_latencies, sizeof(*latencies_us), by_latency);
    return n_latencies ? latencies_us[n_latencies * 99 / 100] / 1000.0 : 0;
}

static void report(const char *row, const char *unit, enum mode mode, const char *how)
{
    double rounds[ROUNDS], load;
    for (int i = 0; i < ROUNDS; i++)
        rounds[i] = round_of(mode);
    qsort(rounds, ROUNDS, sizeof(rounds[0]), by_value);
    if (getloadavg(&load, 1) != 1)
        load = 0;
    printf("%s\t%.1f\t%s\t%.1f\t%.1f\t%d\t%s; load %.1f\n", row, rounds[ROUNDS / 2], unit, rounds[0],
        rounds[ROUNDS - 1], ROUNDS, how, load);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct problem problem;
    log_open("bench", LOG_LEVEL_WARNING);
    crypto_open();
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    latencies_room = (size_t)SUBSCRIBERS * PACE_PER_MS * (ROUND_MS + 1000);
    latencies_us = malloc(latencies_room * sizeof(*latencies_us));
    if (shared == MAP_FAILED || !latencies_us || argc != 2 || chdir(argv[1]))
        die("usage: fanout_bench STATE-DIR, with audit running", NULL);
    if (config_load("vedette.conf", NULL, 0, &settings, &problem))
        die("vedette.conf", &problem);
    producing = fork();
    if (producing == 0)
        run_producer();
    loop = loop_new();
    timer = loop_timer(loop, stop, NULL);
    struct bus *cli = join(PEER_CLI, "cli/bus.key", NULL);
    for (size_t i = 0; i < SUBSCRIBERS; i++)
        add_subscriber(cli, &subscribers[i]);
    round_of(MODE_PACE); /* until everybody is connected and caught up */
    report("stream.fanout_p99_ms", "ms", MODE_PACE,
        "99th percentile from emitted to received, durable in between, of 1,000 events/s to each of 100 subscribers "
        "over "
        "CURVE, all in one process");
    report("stream.fanout", "1/s", MODE_PUSH,
        "events/s from a producer that keeps 512 waiting until each of 100 subscribers over CURVE, in one process, has "
        "had "
        "all of them once and in order");
    shared->mode = MODE_END;
    return waitpid(producing, NULL, 0) != producing;
}
