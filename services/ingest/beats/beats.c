#include "services/ingest/beats/beats.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/config.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/metrics.h"
#include "lib/problem.h"
#include "services/ingest/beats/intake.h"
#include "services/ingest/presence/presence.h"

#define BATCH 1024       /* beats a recvmmsg */
#define BATCHES_A_TURN 8 /* then everybody else has a turn */
#define SLOT_BYTES 32    /* a beat has 24; longer ones are recognised by their true length */
#define NAP_MOST_US 5000
#define NAP_LEAST_US 1000
/* The kernel takes 0.1 µs, a tenth of all it does for a beat, to say where it came from. So of a fleet that keeps a
 * core busy it is asked for one beat in four, in turn: a changed address is then noticed after a minute, on the
 * average. */
#define ADDRESSES_OF_ALL 2000000 /* agents; their addresses cost 1.5 % of a core */
#define ADDRESS_EACH 4           /* beats */

struct beats {
    int fd;
    bool v6;
    unsigned port;
    struct loop_watch *watch;
    struct loop_timer *nap;
    struct intake *intake;
    struct presence_clock *clock;
    void (*drained)(void *arg, bool wait);
    void *arg;
    uint32_t drops; /* of the socket, as last seen */
    int64_t buffer_bytes;
    uint64_t turns, batches, received, dropped, losing_turns;
    struct mmsghdr messages[BATCH];
    struct iovec slots[BATCH];
    struct sockaddr_in6 names[BATCH];
    uint8_t bytes[BATCH][SLOT_BYTES];
};

static void buffer_grow(struct beats *beats, int64_t wanted)
{
    int half = (int)(wanted / 2), granted = 0; /* the kernel doubles it for its own use */
    socklen_t length = sizeof(granted);
    if (setsockopt(beats->fd, SOL_SOCKET, SO_RCVBUFFORCE, &half, sizeof(half)))
        setsockopt(beats->fd, SOL_SOCKET, SO_RCVBUF, &half, sizeof(half));
    getsockopt(beats->fd, SOL_SOCKET, SO_RCVBUF, &granted, &length);
    beats->buffer_bytes = granted;
    if (granted < wanted)
        log_warning("beats.small-buffer", LOG_INT("granted_bytes", granted), LOG_INT("wanted_bytes", wanted),
            LOG_TEXT("reason", "not root, and net.core.rmem_max is lower"));
}

static int bind_to(struct beats *beats, const char *address, struct problem *problem)
{
    struct sockaddr_storage at;
    int length = config_address(address, &at, problem), off = 0;
    if (length < 0)
        return -1;
    beats->v6 = at.ss_family == AF_INET6;
    beats->fd = socket(at.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (beats->fd >= 0 && beats->v6)
        setsockopt(beats->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (beats->fd < 0 || bind(beats->fd, (struct sockaddr *)&at, (socklen_t)length))
        return problem_errno(problem, "cannot-listen", "beat_listen", "cannot take heartbeats on %s", address);
    socklen_t bound = sizeof(at);
    getsockname(beats->fd, (struct sockaddr *)&at, &bound);
    /* The port stands at the same place for both families. */
    beats->port = ntohs(((struct sockaddr_in *)&at)->sin_port);
    return 0;
}

struct beats *beats_open(const char *address, int64_t buffer_bytes, struct problem *problem)
{
    struct beats *beats = calloc(1, sizeof(*beats));
    if (!beats) {
        problem_set(problem, "no-memory", "", "no memory for heartbeats");
        return NULL;
    }
    beats->fd = -1;
    if (bind_to(beats, address, problem)) {
        beats_close(beats);
        return NULL;
    }
    buffer_grow(beats, buffer_bytes);
    for (unsigned i = 0; i < BATCH; i++) {
        beats->slots[i] = (struct iovec){ beats->bytes[i], SLOT_BYTES };
        beats->messages[i].msg_hdr = (struct msghdr){
            .msg_iov = &beats->slots[i],
            .msg_iovlen = 1,
        };
    }
    log_info("beats.listening", LOG_TEXT("address", address), LOG_INT("buffer_bytes", beats->buffer_bytes));
    return beats;
}

void beats_close(struct beats *beats)
{
    if (!beats)
        return;
    loop_unwatch(beats->watch);
    loop_timer_free(beats->nap);
    if (beats->fd >= 0)
        close(beats->fd);
    free(beats);
}

/*
 * The loss guard. SO_MEMINFO gives the same count as SO_RXQ_OVFL, at once instead of behind the queue. The kernel also
 * counts datagrams with a bad checksum there, and one of those a second from anybody would hold the clock for ever:
 * only drops with a queue that has been filling count.
 */
static uint32_t losses(struct beats *beats)
{
    uint32_t memory[SK_MEMINFO_VARS] = { 0 };
    socklen_t length = sizeof(memory);
    if (getsockopt(beats->fd, SOL_SOCKET, SO_MEMINFO, memory, &length) || memory[SK_MEMINFO_DROPS] == beats->drops)
        return 0;
    uint32_t drops = memory[SK_MEMINFO_DROPS] - beats->drops;
    beats->dropped += drops;
    beats->drops = memory[SK_MEMINFO_DROPS];
    if (memory[SK_MEMINFO_RMEM_ALLOC] < memory[SK_MEMINFO_RCVBUF] / 4)
        return 0;
    beats->losing_turns++;
    return drops;
}

static unsigned receive(struct beats *beats)
{
    unsigned each = beats->intake->presence->hot->highest > ADDRESSES_OF_ALL ? ADDRESS_EACH : 1;
    for (unsigned i = 0; i < BATCH; i++) {
        bool asked = (i + beats->batches) % each == 0;
        beats->messages[i].msg_hdr.msg_name = asked ? &beats->names[i] : NULL;
        beats->messages[i].msg_hdr.msg_namelen = asked ? sizeof(beats->names[i]) : 0;
    }
    beats->batches++;
    int n = recvmmsg(beats->fd, beats->messages, BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
    return n < 0 ? 0 : (unsigned)n;
}

/* Fuller drains, shorter naps: a queue that fills faster must not overflow meanwhile. */
static int64_t nap_us(unsigned received)
{
    int64_t nap = NAP_MOST_US - (int64_t)(received / BATCH) * 1000;
    return received == BATCH * BATCHES_A_TURN ? 0 : nap < NAP_LEAST_US ? NAP_LEAST_US : nap;
}

static void turn(void *arg)
{
    struct beats *beats = arg;
    int64_t mono_ms = clock_mono_ms(), wall_ms = clock_wall_ms();
    unsigned received = 0, n = BATCH;
    presence_clock_advance(beats->clock, mono_ms, wall_ms);
    uint32_t dropped = losses(beats);
    for (unsigned batch = 0; batch < BATCHES_A_TURN && n == BATCH; batch++) {
        n = receive(beats);
        intake_take(beats->intake, beats->messages, n, mono_ms, wall_ms);
        received += n;
    }
    beats->turns++;
    beats->received += received;
    presence_clock_heard(beats->clock, received, dropped);
    beats->drained(beats->arg, n == BATCH);
    if (received)
        loop_timer_set(beats->nap, nap_us(received));
    else
        loop_rewatch(beats->watch, EPOLLIN | EPOLLONESHOT);
}

static void woken(void *arg, uint32_t events)
{
    (void)events;
    turn(arg);
}

static void register_metrics(struct beats *beats)
{
    const struct intake_counts *counts = &beats->intake->counts;
    static const char meaning[] = "Datagrams dropped, by reason";
    metric_counter("beats_accepted_total", NULL, "Heartbeats that counted", &counts->accepted);
    metric_counter("beats_dropped_total", "reason=\"bad-length\"", meaning, &counts->bad_length);
    metric_counter("beats_dropped_total", "reason=\"bad-version\"", meaning, &counts->bad_version);
    metric_counter("beats_dropped_total", "reason=\"bad-layout\"", meaning, &counts->bad_layout);
    metric_counter("beats_dropped_total", "reason=\"unknown-agent\"", meaning, &counts->unknown_agent);
    metric_counter("beats_dropped_total", "reason=\"retired\"", meaning, &counts->retired);
    metric_counter("beats_dropped_total", "reason=\"bad-mac\"", meaning, &counts->bad_mac);
    metric_counter("beats_dropped_total", "reason=\"old-counter\"", meaning, &counts->old_counter);
    metric_counter("beats_dropped_total", "reason=\"queue-full\"", meaning, &beats->dropped);
    metric_counter("beats_losing_turns_total", NULL, "Turns that found the queue overflowing", &beats->losing_turns);
    metric_counter("beats_received_total", NULL, "Datagrams received", &beats->received);
    metric_counter("beats_turns_total", NULL, "Drains of the socket", &beats->turns);
    metric_gauge("beats_buffer_bytes", NULL, "Receive buffer that the system granted", &beats->buffer_bytes);
}

int beats_start(struct beats *beats, struct loop *loop, struct intake *intake, struct presence_clock *clock,
    void (*drained)(void *arg, bool wait), void *arg, struct problem *problem)
{
    beats->intake = intake;
    beats->clock = clock;
    beats->drained = drained;
    beats->arg = arg;
    beats->nap = loop_timer(loop, turn, beats);
    beats->watch = loop_watch(loop, beats->fd, EPOLLIN | EPOLLONESHOT, woken, beats);
    if (!beats->nap || !beats->watch)
        return problem_errno(problem, "loop", "", "cannot watch the socket of heartbeats");
    register_metrics(beats);
    return 0;
}

int beats_send(struct beats *beats, const uint8_t address[16], uint16_t port, const void *data, unsigned bytes)
{
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
    memcpy(&v6.sin6_addr, address, 16);
    memcpy(&v4.sin_addr, address + 12, 4);
    const struct sockaddr *to = beats->v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
    socklen_t length = beats->v6 ? sizeof(v6) : sizeof(v4);
    return sendto(beats->fd, data, bytes, MSG_DONTWAIT, to, length) == (ssize_t)bytes ? 0 : -1;
}

unsigned beats_port(const struct beats *beats)
{
    return beats->port;
}
