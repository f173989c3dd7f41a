/*
 * ZeroMQ sockets, always under CURVE, plugged into the loop. Only this module, peers.c, verdict.c and key.c name
 * libzmq.
 * Sending never blocks. Only lib/bus/ includes this.
 */
#ifndef VEDETTE_BUS_SOCKET_H
#define VEDETTE_BUS_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/bus/keys.h"
#include "lib/problem.h"

struct bus_socket;
struct loop;

enum bus_socket_kind { BUS_SOCKET_ROUTER, BUS_SOCKET_DEALER, BUS_SOCKET_XPUB, BUS_SOCKET_SUB, BUS_SOCKET_ZAP };

struct bus_identity {
    char public_key[BUS_KEY_BYTES], secret_key[BUS_KEY_BYTES];
};
/* Derive the public key. -1: not a key. */
int bus_identity_set(struct bus_identity *, const char *secret_key);
/* A key as ZeroMQ hands it over, 32 bytes, as text. */
void bus_key_text(const void *key, char ret[BUS_KEY_BYTES]);

/* All sockets of one bus. */
struct bus_sockets {
    struct loop *loop;
    struct bus_identity identity;
    struct bus_socket *first;
};

#define BUS_FRAMES_MAX 12   /* a ZAP request of CURVE has 7; the rest have at most 5 and a routing id */

struct bus_frame {
    const void *data;
    size_t bytes;
};

/* What arrived. Valid until the next receive on the same socket. */
struct bus_message {
    struct bus_who who;         /* that sent it, where that applies */
    size_t n;
    struct bus_frame frames[BUS_FRAMES_MAX];
};

/* The loop wakes when something may have changed on the socket; the owner looks at every turn. */
struct bus_socket *bus_socket_open(struct bus_sockets *, enum bus_socket_kind, size_t message_bytes_max, int queue,
                                   struct problem *);
void bus_socket_close(struct bus_socket *);     /* NULL is harmless */

/* Where ZeroMQ asks who a key belongs to. Must be open before any socket is bound: without it CURVE lets everybody in. */
struct bus_socket *bus_socket_open_zap(struct bus_sockets *, struct problem *);

/* For peers.c and verdict.c: the end of a monitor, and libzmq's own handle. */
struct bus_socket *bus_socket_open_monitor(struct bus_sockets *, const char *endpoint, struct problem *);
void *bus_socket_zmq(struct bus_socket *);

/* What ZeroMQ asks for a handshake on this socket carries this name. Before it is bound. */
int bus_socket_name(struct bus_socket *, const char *name);

/* Of an ipc endpoint: take connections of this user's processes, and only of those that were named so. Before it is
 * bound. */
int bus_socket_admit(struct bus_socket *, uid_t user);

/* Be a server at the endpoint; the socket file of an ipc endpoint becomes 0666 (the key is the permission). */
int bus_socket_bind(struct bus_socket *, const char *endpoint, struct problem *);
/* Be a client of the server that owns server_key. Reconnects by itself until closed. */
int bus_socket_connect(struct bus_socket *, const char *endpoint, const char *server_key, struct problem *);

/* Whether a message can be sent now: for a DEALER, whether the server is connected and takes more. */
bool bus_socket_takes(struct bus_socket *);

/* 0: *ret is filled; 1: nothing there; -1: a message of too many frames was dropped. */
int bus_socket_receive(struct bus_socket *, struct bus_message *ret);

/* Of what was received last: the descriptor of the connection that it came over; -1: not known. */
int bus_socket_sender(struct bus_socket *);

/* Whether anything has arrived on any socket that is not left alone, or one that refused a message takes it now. To be
 * asked just before the loop waits: sending, and this question itself, take the wake-up that either would have caused. */
bool bus_sockets_ready(const struct bus_sockets *);
/* Messages of this one are not wanted for now. */
void bus_socket_leave_alone(struct bus_socket *, bool alone);

/* What was sent may go out for a moment after the socket is closed. */
void bus_socket_linger(struct bus_socket *);

/* 0, or -1: nobody there or queue full; nothing was sent. */
int bus_socket_send(struct bus_socket *, const struct bus_frame *frames, size_t n);

/* SUB: ask for a topic. XPUB: grant the topic to the peer whose request was received last. */
int bus_socket_subscribe(struct bus_socket *, const char *topic);

#endif
