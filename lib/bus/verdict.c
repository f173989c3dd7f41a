#include "lib/bus/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#define STATUS_REFUSED 400

struct bus_verdict {
    struct bus_socket *watched, *monitor;
    bool refused;
};

struct bus_verdict *bus_verdict_open(struct bus_sockets *sockets, struct bus_socket *watched, struct problem *problem)
{
    struct bus_verdict *verdict = calloc(1, sizeof(*verdict));
    /* Not the socket's address, which may come again before libzmq has let go of the name. */
    static unsigned opened;
    char endpoint[64];
    if (!verdict) {
        problem_set(problem, "no-memory", "", "no memory");
        return NULL;
    }
    verdict->watched = watched;
    snprintf(endpoint, sizeof(endpoint), "inproc://verdict-%u", ++opened);
    if (zmq_socket_monitor(bus_socket_zmq(watched), endpoint, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH))
        problem_set(problem, "bus", "", "cannot watch a socket's handshakes");
    else
        verdict->monitor = bus_socket_open_monitor(sockets, endpoint, problem);
    if (!verdict->monitor) {
        bus_verdict_close(verdict);
        return NULL;
    }
    return verdict;
}

void bus_verdict_close(struct bus_verdict *verdict)
{
    if (!verdict)
        return;
    zmq_socket_monitor(bus_socket_zmq(verdict->watched), NULL, 0);
    bus_socket_close(verdict->monitor);
    free(verdict);
}

bool bus_verdict_refused(struct bus_verdict *verdict)
{
    struct bus_message message;
    uint32_t status;
    while (!bus_socket_receive(verdict->monitor, &message)) {
        /* Number of the event u16 and its value u32, in the machine's order. */
        if (message.frames[0].bytes != sizeof(uint16_t) + sizeof(status))
            continue;
        memcpy(&status, (const char *)message.frames[0].data + sizeof(uint16_t), sizeof(status));
        verdict->refused |= status == STATUS_REFUSED;
    }
    return verdict->refused;
}
