/* libzmq tells of a socket's connections on another socket, its monitor: who came and went, by file descriptor. */
#include "lib/bus_peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#define EVENTS                                                                                                         \
    (ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |                              \
        ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL)
#define DESCRIPTORS_MAX 65536   /* of a process: what the kernel allows at most without being told otherwise is less */

struct bus_peers {
    struct bus_socket *watched, *monitor;
    uint8_t open[DESCRIPTORS_MAX / 8];
    unsigned connected;
    uint64_t failed;
};

struct bus_peers *bus_peers_open(struct bus_sockets *sockets, struct bus_socket *watched, struct problem *problem)
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

static void note(struct bus_peers *peers, unsigned event, uint32_t value)
{
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL || event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL)
        peers->failed++;
    if ((event != ZMQ_EVENT_ACCEPTED && event != ZMQ_EVENT_DISCONNECTED) || value >= DESCRIPTORS_MAX)
        return;
    uint8_t *byte = &peers->open[value / 8], bit = (uint8_t)(1u << value % 8);
    bool open = event == ZMQ_EVENT_ACCEPTED;
    peers->connected += open - !!(*byte & bit);
    *byte = (uint8_t)(open ? *byte | bit : *byte & ~bit);
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

unsigned bus_peers_connected(struct bus_peers *peers)
{
    read_events(peers);
    return peers->connected;
}

uint64_t bus_peers_failed(struct bus_peers *peers)
{
    read_events(peers);
    return peers->failed;
}
