#include "agent/watch/reach.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/watch/look.h"
#include "agent/watch/readings.h"
#include "lib/clock.h"
#include "lib/loop.h"

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static bool is_address(const char *text)
{
    uint8_t bytes[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

uint64_t reach_took(const struct sampling *sampling)
{
    return (uint64_t)(now_us() - sampling->began_us);
}

void reach_failed(struct sampling *sampling, int error)
{
    *sampling->address = '\0';
    sampling_found(sampling, LEVEL_CRITICAL, "%s", strerror(error));
}

static void too_late(void *arg)
{
    reach_failed(arg, ETIMEDOUT);
}

static void begin(struct sampling *sampling)
{
    sampling->limit = loop_timer(sampling->loop, too_late, sampling);
    if (!sampling->limit) {
        sampling_found(sampling, LEVEL_UNKNOWN, "no memory for a timer");
        return;
    }
    loop_timer_set(sampling->limit, (int64_t)REACH_LIMIT_MS * 1000);
    sampling->began_us = now_us();
    sampling->go_on(sampling);
}

static void looked_up(void *arg, const struct child_end *end)
{
    struct sampling *sampling = arg;
    struct sample sample;
    if (child_failed(sampling, "vedette-agent-look", end))
        return;
    look_read(end->text, &sample);
    if (sample.level != LEVEL_OK || !is_address(sample.reason)) {
        sampling_done(sampling, &sample);
        return;
    }
    snprintf(sampling->address, sizeof(sampling->address), "%.63s", sample.reason);
    sampling->resolved_ms = clock_mono_ms();
    begin(sampling);
}

void reach(struct sampling *sampling, const char *host, void (*go_on)(struct sampling *))
{
    bool kept = *sampling->address && clock_mono_ms() - sampling->resolved_ms < ADDRESS_KEPT_MS;
    sampling->go_on = go_on;
    if (is_address(host))
        snprintf(sampling->address, sizeof(sampling->address), "%.63s", host);
    if (is_address(host) || kept)
        begin(sampling);
    else
        look_for(sampling, (const char *const[]){ "address", host, NULL }, looked_up);
}

void reach_connect(struct sampling *sampling, uint16_t port, const char *question, void (*done)(void *arg, int error))
{
    if (connection_start(&sampling->connection, sampling->loop, sampling->address, port, question, done, sampling))
        reach_failed(sampling, errno);
}
