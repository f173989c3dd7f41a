/* libzmq tells of a socket's connections on another socket, its monitor: who came and went, by file descriptor. */
#include "lib/bus/peers.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <zmq.h>

#include "lib/bus/spine.h"

#define EVENTS                                                                                                         \
    (ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |                              \
        ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL)
#define ADMITTED_MAX 256 /* handshakes admitted and not heard yet */
#define LOOK_MS 1000     /* how often those that are due are ended */
#define RESERVED_MAX 512 /* descriptors for the log, the database, and the services' connections */
#define UNHEARD_MAX 256  /* clients that connect at the same moment */

struct connection {
    bool open, heard;
    struct bus_who who; /* once heard */
    int64_t end_at_ms;
    uint64_t address; /* where it comes from: a descriptor's number may be another connection's by now */
};

struct admitted {
    struct bus_who who;
    int64_t until_ms;
};

struct bus_peers {
    struct bus_socket *watched, *monitor;
    struct bus_peers_limits limits;
    struct connection by_fd[BUS_DESCRIPTORS_MAX]; /* what was never used costs no memory */
    uint32_t top;                                 /* above the highest descriptor seen */
    unsigned heard, unheard;
    struct admitted admitted[ADMITTED_MAX];
    unsigned n_admitted;
    int64_t now_ms, look_at_ms;
    uint64_t failed, silent;
};

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

void bus_peers_limits(unsigned descriptors, struct bus_peers_limits *ret)
{
    unsigned reserved = least(descriptors / 4, RESERVED_MAX), unheard = least(descriptors / 16, UNHEARD_MAX);
    /* Twice: those that are accepted before we look. */
    *ret = (struct bus_peers_limits){ .heard = (descriptors - reserved) / 2 - 2 * unheard, .unheard = unheard };
}

struct bus_peers *bus_peers_open(struct bus_sockets *sockets, struct bus_socket *watched,
    const struct bus_peers_limits *limits, struct problem *problem)
{
    struct bus_peers *peers = calloc(1, sizeof(*peers));
    char endpoint[64];
    if (!peers) {
        problem_set(problem, "no-memory", "", "no memory");
        return NULL;
    }
    snprintf(endpoint, sizeof(endpoint), "inproc://peers-%p", (void *)watched);
    if (zmq_socket_monitor(bus_socket_zmq(watched), endpoint, EVENTS))
        problem_set(problem, "bus", "", "cannot watch a socket's connections");
    else
        peers->monitor = bus_socket_open_monitor(sockets, endpoint, problem);
    peers->watched = watched;
    peers->limits = *limits;
    if (!peers->monitor) {
        bus_peers_close(peers);
        return NULL;
    }
    return peers;
}

void bus_peers_close(struct bus_peers *peers)
{
    if (!peers)
        return;
    zmq_socket_monitor(bus_socket_zmq(peers->watched), NULL, 0);
    bus_socket_close(peers->monitor);
    free(peers);
}

/* Port and end of the address of the other side; 0 for a Unix socket. */
static uint64_t address_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } from = { 0 };
    socklen_t bytes = sizeof(from);
    uint32_t end = 0;
    if (getpeername(fd, &from.any, &bytes))
        return UINT64_MAX;
    if (from.any.sa_family == AF_INET6)
        memcpy(&end, &from.v6.sin6_addr.s6_addr[12], sizeof(end));
    else if (from.any.sa_family == AF_INET)
        end = from.v4.sin_addr.s_addr;
    return from.any.sa_family == AF_UNIX ? 0 : (uint64_t)from.v4.sin_port << 32 | end;
}

static void close_one(struct bus_peers *peers, struct connection *connection)
{
    if (connection->open && connection->heard)
        peers->heard--;
    else if (connection->open)
        peers->unheard--;
    *connection = (struct connection){ 0 };
}

static void end_one(struct bus_peers *peers, uint32_t fd)
{
    struct connection *connection = &peers->by_fd[fd];
    /* libzmq's thread owns the descriptor: it finds the connection closed by its peer. */
    if (address_of((int)fd) == connection->address && !shutdown((int)fd, SHUT_RDWR) && !connection->heard)
        peers->silent++;
    close_one(peers, connection);
}

static void end_oldest_unheard(struct bus_peers *peers)
{
    uint32_t oldest = peers->top;
    for (uint32_t fd = 0; fd < peers->top; fd++) {
        const struct connection *connection = &peers->by_fd[fd];
        if (connection->open && !connection->heard &&
            (oldest == peers->top || connection->end_at_ms < peers->by_fd[oldest].end_at_ms))
            oldest = fd;
    }
    if (oldest < peers->top)
        end_one(peers, oldest);
}

static void open_one(struct bus_peers *peers, uint32_t fd)
{
    close_one(peers, &peers->by_fd[fd]);
    peers->by_fd[fd] = (struct connection){
        .open = true,
        .end_at_ms = peers->now_ms + PEERS_SILENT_MS,
        .address = address_of((int)fd),
    };
    if (fd >= peers->top)
        peers->top = fd + 1;
    if (++peers->unheard > peers->limits.unheard)
        end_oldest_unheard(peers);
}

static void note(struct bus_peers *peers, unsigned event, uint32_t value)
{
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL || event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL)
        peers->failed++;
    else if (value < BUS_DESCRIPTORS_MAX && event == ZMQ_EVENT_ACCEPTED)
        open_one(peers, value);
    else if (value < BUS_DESCRIPTORS_MAX)
        close_one(peers, &peers->by_fd[value]);
}

/* Frames of an event: number u16 and value u32 in the machine's order; the address. */
static void read_events(struct bus_peers *peers)
{
    struct bus_message message;
    uint16_t event;
    uint32_t value;
    while (!bus_socket_receive(peers->monitor, &message)) {
        if (message.frames[0].bytes != sizeof(event) + sizeof(value))
            continue;
        memcpy(&event, message.frames[0].data, sizeof(event));
        memcpy(&value, (const char *)message.frames[0].data + sizeof(event), sizeof(value));
        note(peers, event, value);
    }
}

int64_t bus_peers_turn(struct bus_peers *peers, int64_t now_ms)
{
    peers->now_ms = now_ms;
    read_events(peers);
    if (now_ms >= peers->look_at_ms) {
        peers->look_at_ms = now_ms + LOOK_MS;
        for (uint32_t fd = 0; fd < peers->top; fd++) {
            if (peers->by_fd[fd].open && now_ms >= peers->by_fd[fd].end_at_ms)
                end_one(peers, fd);
        }
    }
    return peers->look_at_ms;
}

static bool same(const struct bus_who *a, const struct bus_who *b)
{
    return a->peer == b->peer && a->subscriber == b->subscriber;
}

static void forget_admitted(struct bus_peers *peers, unsigned i)
{
    peers->admitted[i] = peers->admitted[--peers->n_admitted];
}

static unsigned count_of(const struct bus_peers *peers, const struct bus_who *who)
{
    unsigned count = 0;
    for (uint32_t fd = 0; fd < peers->top; fd++)
        count += peers->by_fd[fd].heard && same(&peers->by_fd[fd].who, who);
    for (unsigned i = 0; i < peers->n_admitted; i++)
        count += same(&peers->admitted[i].who, who);
    return count;
}

bool bus_peers_admit(struct bus_peers *peers, const struct bus_who *who, int64_t now_ms)
{
    peers->now_ms = now_ms;
    read_events(peers);
    for (unsigned i = 0; i < peers->n_admitted;) {
        if (now_ms >= peers->admitted[i].until_ms)
            forget_admitted(peers, i);
        else
            i++;
    }
    /* Subscribers do not keep services out, which follow the log here, too. */
    unsigned most = peers->limits.heard - (who->subscriber ? peers->limits.heard / 8 : 0);
    if (peers->n_admitted == ADMITTED_MAX || peers->heard + peers->n_admitted >= most ||
        (who->subscriber && count_of(peers, who) >= PEERS_PER_SUBSCRIBER_MAX))
        return false;
    peers->admitted[peers->n_admitted++] = (struct admitted){ *who, now_ms + PEERS_SILENT_MS };
    return true;
}

void bus_peers_heard(struct bus_peers *peers, const struct bus_who *who)
{
    int fd = bus_socket_sender(peers->watched);
    /* Its coming was told before it sent anything. */
    read_events(peers);
    if (fd < 0 || fd >= BUS_DESCRIPTORS_MAX || !peers->by_fd[fd].open || peers->by_fd[fd].heard)
        return;
    struct connection *connection = &peers->by_fd[fd];
    peers->unheard--;
    peers->heard++;
    connection->heard = true;
    connection->who = *who;
    connection->end_at_ms = INT64_MAX;
    for (unsigned i = 0; i < peers->n_admitted; i++) {
        if (same(&peers->admitted[i].who, who)) {
            forget_admitted(peers, i);
            return;
        }
    }
}

void bus_peers_end(struct bus_peers *peers, const struct bus_who *who, int64_t at_ms)
{
    for (uint32_t fd = 0; fd < peers->top; fd++) {
        if (peers->by_fd[fd].heard && same(&peers->by_fd[fd].who, who))
            peers->by_fd[fd].end_at_ms = at_ms;
    }
}

uint64_t bus_peers_failed(const struct bus_peers *peers)
{
    return peers->failed;
}

uint64_t bus_peers_silent(const struct bus_peers *peers)
{
    return peers->silent;
}
