#include "lib/bus/internal.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/bus/subscriber.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/metrics.h"

#define KEYS_FILE_BYTES_MAX 8192
#define KEY_FILE_BYTES_MAX 128
#define PASSES_A_TURN 4     /* a callback that makes new work each time must not keep the loop from its other watches */

const char *const bus_refused_words[BUS_REFUSED_COUNT] = { "unknown-key", "no-permission", "malformed", "too-many",
    "bad-handshake", "silent" };

bool bus_frame_is(const struct bus_frame *frame, const char *text)
{
    return frame->bytes == strlen(text) && !memcmp(frame->data, text, frame->bytes);
}

void bus_due_by(struct bus *bus, int64_t mono_ms)
{
    if (mono_ms < bus->next_ms)
        bus->next_ms = mono_ms;
}

const char *bus_endpoint(const struct bus *bus, unsigned peer)
{
    const struct settings_bus *endpoints = &bus->settings->bus;
    switch (peer) {
    case PEER_INGEST:
        return endpoints->ingest;
    case PEER_PORTAL:
        return endpoints->portal;
    case PEER_SCHEDULER:
        return endpoints->scheduler;
    case PEER_BACKUP:
        return endpoints->backup;
    case PEER_AUDIT:
        return endpoints->audit;
    case PEER_ALERT:
        return endpoints->alert;
    }
    return NULL;
}

static void arm(struct bus *bus)
{
    if (bus->next_ms == INT64_MAX || (bus->armed_ms > bus->now_ms && bus->armed_ms <= bus->next_ms))
        return;
    bus->armed_ms = bus->next_ms;
    loop_timer_set(bus->timer, (bus->next_ms - bus->now_ms) * 1000);
}

static void pass(struct bus *bus)
{
    bus->again = false;
    if (bus->zap)
        bus_zap_turn(bus);
    if (bus->server)
        bus_server_turn(bus->server);
    bus_calls_turn(bus->calls);
    bus_subscriptions_turn(bus);
    if (bus->spine)
        bus_spine_turn(bus->spine);
    if (bus->producer)
        bus_producer_turn(bus->producer);
}

/* Everything happens here, once a turn of the loop, just before it waits. */
static void turn(void *arg)
{
    struct bus *bus = arg;
    bus->now_ms = clock_mono_ms();
    bus->next_ms = INT64_MAX;
    bus->again = true;
    for (unsigned passes = 0; bus->again && passes < PASSES_A_TURN; passes++) {
        pass(bus);
        bus->again = bus->again || bus_sockets_ready(&bus->sockets);
    }
    if (bus->again)
        bus_due_by(bus, bus->now_ms);
    arm(bus);
}

static void timer_due(void *arg)
{
    (void)arg; /* it woke the loop; turn() does the rest */
}

static int load_keys(const char *path, struct bus_keys *ret, struct problem *problem)
{
    char *text;
    size_t bytes;
    if (file_read(path, KEYS_FILE_BYTES_MAX, &text, &bytes, problem))
        return -1;
    int error = bus_keys_parse(text, bytes, ret, problem);
    free(text);
    return error;
}

static int load_identity(struct bus *bus, const char *path, struct problem *problem)
{
    char *text;
    size_t bytes;
    if (file_read_secret(path, KEY_FILE_BYTES_MAX, &text, &bytes, problem))
        return -1;
    text[strcspn(text, "\n")] = '\0';
    int error = bus_identity_set(&bus->sockets.identity, text);
    crypto_forget(text, bytes);
    free(text);
    if (error)
        return problem_set(problem, "bad-keys", path, "%s is not a CURVE secret key in Z85", path);
    if (bus_keys_peer(&bus->keys, bus->sockets.identity.public_key) != bus->peer)
        return problem_set(problem, "bad-keys", path, "the key in %s is not that of %s in bus.keys", path,
            bus_peer_name(bus->peer));
    return 0;
}

const char *bus_own_key(const struct bus *bus)
{
    return bus->sockets.identity.public_key;
}

static void reload_keys(void *arg)
{
    struct bus *bus = arg;
    struct problem problem;
    if (load_keys(bus->keys_path, &bus->keys, &problem))
        log_problem(LOG_LEVEL_ERROR, "bus.keys-not-reloaded", &problem);
}

static int listen_here(struct bus *bus, const struct bus_options *options, struct problem *problem)
{
    bus->zap = bus_socket_open_zap(&bus->sockets, problem);
    if (!bus->zap)
        return -1;
    bus->server = bus_server_open(bus, options, problem);
    if (!bus->server)
        return -1;
    loop_signal(bus->loop, SIGHUP, reload_keys, bus);
    static const char *const labels[BUS_REFUSED_COUNT] = {
        "reason=\"unknown-key\"", "reason=\"no-permission\"", "reason=\"malformed\"", "reason=\"too-many\"",
        "reason=\"bad-handshake\"", "reason=\"silent\"",
    };
    for (int i = 0; i < BUS_REFUSED_COUNT; i++)
        metric_counter("bus_refused_total", labels[i], "connections and messages refused", &bus->refused[i]);
    return 0;
}

/* A subscriber from outside has a key and a loop, and nothing else of what a service has. */
static int open_subscriber(struct bus *bus, struct problem *problem)
{
    bus->timer = loop_timer(bus->loop, timer_due, NULL);
    bus->calls = bus_calls_open(bus);
    if (!bus->timer || !bus->calls)
        return problem_set(problem, "no-memory", "", "no memory");
    bus->peer = PEER_SUBSCRIBER;
    if (bus_identity_set(&bus->sockets.identity, bus->subscriber->secret_key))
        return problem_set(problem, "bad-keys", "secret_key", "the secret key is no CURVE key in Z85");
    return 0;
}

static int open_parts(struct bus *bus, const struct bus_options *options, struct problem *problem)
{
    bus->keys_path = strdup(options->keys);
    bus->timer = loop_timer(bus->loop, timer_due, NULL);
    bus->calls = bus_calls_open(bus);
    if (!bus->keys_path || !bus->timer || !bus->calls)
        return problem_set(problem, "no-memory", "", "no memory");
    if (load_keys(options->keys, &bus->keys, problem) || load_identity(bus, options->own_key, problem) ||
        (options->listen && listen_here(bus, options, problem)))
        return -1;
    if (bus->peer == PEER_AUDIT) {
        bus->spine = bus_spine_open(bus, problem);
        return bus->spine ? 0 : -1;
    }
    if (options->outbox) {
        bus->producer = bus_producer_open(bus, options->outbox, problem);
        return bus->producer ? 0 : -1;
    }
    return 0;
}

struct bus *bus_open(const struct bus_options *options, struct problem *problem)
{
    struct bus *bus = calloc(1, sizeof(*bus));
    if (!bus) {
        problem_set(problem, "no-memory", "", "no memory");
        return NULL;
    }
    bus->loop = bus->sockets.loop = options->loop;
    bus->settings = options->settings;
    bus->peer = options->peer;
    bus->started_ms = clock_mono_ms();
    bus->subscriber = options->subscriber;
    if (bus->subscriber ? open_subscriber(bus, problem) : open_parts(bus, options, problem)) {
        bus_free(bus);
        return NULL;
    }
    loop_before_wait(bus->loop, turn, bus);
    return bus;
}

void bus_free(struct bus *bus)
{
    if (!bus)
        return;
    bus_subscriptions_free(bus);
    bus_calls_free(bus->calls);
    bus_server_free(bus->server);
    bus_producer_free(bus->producer);
    bus_spine_free(bus->spine);
    bus_socket_close(bus->zap);
    loop_timer_free(bus->timer);
    crypto_forget(&bus->sockets.identity, sizeof(bus->sockets.identity));
    free(bus->keys_path);
    free(bus);
}

void bus_set_context(struct bus *bus, void *context)
{
    bus->context = context;
}
