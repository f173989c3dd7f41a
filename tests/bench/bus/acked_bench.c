/*
 * How many events a second does the real vedette-audit make durable and acknowledge over CURVE, and how long does one
 * take?
 *
 * `acked_bench STATE-DIR PRODUCERS WAITING MS`, beside a running audit, prints events/s, median and 99th percentile
 * from emitted to acknowledged in µs. The producers are buses with an outbox each in this one process, each keeping so
 * many events waiting; audit runs on the same machine, so producers' and audit's CPU come out of the same cores.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/bus/bus.h"
#include "lib/config.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/loop.h"

#define PRODUCERS_MAX 256
#define WAITING_MAX 1024
#define WARM_UP_MS 1500
#define TIMES_MAX (1u << 22)

struct producer {
    struct bus *bus;
    uint32_t number;
    uint64_t emitted, acked;
    int64_t at_us[WAITING_MAX]; /* a ring: when those that wait were emitted */
};

static struct producer producers[PRODUCERS_MAX];
static unsigned n_producers, waiting;
static struct loop *loop;
static struct settings settings;
static uint64_t acked;
static uint32_t *times_us;
static size_t n_times;
static bool measuring;

static void die(const char *what, const struct problem *problem)
{
    fprintf(stderr, "%s: %s\n", what, problem ? problem->reason : "failed");
    exit(1);
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void stored(void *arg, const struct problem *refused);

static void emit_one(struct producer *producer)
{
    char subject[32];
    const struct event_agent_late data = { producer->number, 1700000000000, 1700000000000 };
    const struct event_about about = { .tenant = "acme", .subject = subject };
    snprintf(subject, sizeof(subject), "agent/%u", producer->number);
    producer->at_us[producer->emitted++ % WAITING_MAX] = now_us();
    if (emit_agent_late(producer->bus, &about, &data, stored, producer))
        die("the outbox is full", NULL);
}

static void stored(void *arg, const struct problem *refused)
{
    struct producer *producer = arg;
    if (refused)
        die("audit refused an event", refused);
    int64_t at_us = producer->at_us[producer->acked++ % WAITING_MAX];
    if (measuring && n_times < TIMES_MAX)
        times_us[n_times++] = (uint32_t)(now_us() - at_us);
    acked++;
    emit_one(producer);
}

static void open_producer(struct producer *producer, uint32_t number)
{
    struct problem problem;
    char outbox[64];
    snprintf(outbox, sizeof(outbox), "ingest/outbox%u", number);
    const struct bus_options options = {
        .loop = loop,
        .settings = &settings,
        .peer = PEER_INGEST,
        .own_key = "ingest/bus.key",
        .keys = "bus.keys",
        .outbox = outbox,
    };
    producer->number = number;
    producer->bus = bus_open(&options, &problem);
    if (!producer->bus)
        die("bus_open", &problem);
    for (unsigned n = 0; n < waiting; n++)
        emit_one(producer);
}

static void stop(void *arg)
{
    (void)arg;
    loop_stop(loop);
}

static int by_time(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

int main(int argc, char **argv)
{
    struct problem problem;
    log_open("bench", LOG_LEVEL_WARNING);
    crypto_open();
    times_us = malloc(TIMES_MAX * sizeof(*times_us));
    if (argc != 5 || !times_us || chdir(argv[1]) || config_load("vedette.conf", NULL, 0, &settings, &problem))
        die("usage: acked_bench STATE-DIR PRODUCERS WAITING MS", NULL);
    n_producers = (unsigned)strtoul(argv[2], NULL, 10);
    waiting = (unsigned)strtoul(argv[3], NULL, 10);
    if (!n_producers || n_producers > PRODUCERS_MAX || !waiting || waiting > WAITING_MAX)
        die("too many", NULL);
    loop = loop_new();
    struct loop_timer *timer = loop_timer(loop, stop, NULL);
    for (unsigned i = 0; i < n_producers; i++)
        open_producer(&producers[i], i + 1);
    loop_timer_set(timer, WARM_UP_MS * 1000);
    loop_run(loop);
    measuring = true;
    uint64_t before = acked;
    int64_t began_us = now_us();
    loop_timer_set(timer, strtoll(argv[4], NULL, 10) * 1000);
    loop_run(loop);
    double rate = (double)(acked - before) * 1e6 / (double)(now_us() - began_us);
    qsort(times_us, n_times, sizeof(*times_us), by_time);
    if (!n_times)
        die("nothing was acknowledged", NULL);
    printf("%.0f %u %u\n", rate, times_us[n_times / 2], times_us[n_times * 99 / 100]);
    return 0;
}
