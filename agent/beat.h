/*
 * Our heartbeat: the socket from which beats go and to which wakes come. Nothing else listens on this machine.
 *
 * The socket is not connected, so that its source address follows the machine's routes; what comes from anybody but the
 * server is not read as a wake.
 */
#ifndef VEDETTE_AGENT_BEAT_H
#define VEDETTE_AGENT_BEAT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "agent/counter.h"
#include "agent/state.h"
#include "lib/beat.h"

struct loop;
struct loop_watch;
struct problem;

struct heart {
    struct loop *loop;
    const struct identity *identity;
    const struct agent_keys *keys;
    struct counter *counter;
    void (*woken)(void *arg);       /* the server has mail for us */
    void (*greeted)(void *arg);     /* the server answers our probe */
    void (*unreachable)(void *arg); /* the network said that a beat did not arrive */
    void *arg;

    /* heart_aim's: */
    int fd; /* -1 until there is an address */
    struct loop_watch *watch;
    struct sockaddr_storage server;
    socklen_t server_bytes;
};

/* Send to this numeric address from now on, at the beat port of the identity. */
int heart_aim(struct heart *, const char *address, struct problem *);
/* Send one beat. -1 + problem: it could not be sent. Without an address nothing is sent, and that is no failure. */
int heart_beat(struct heart *, uint8_t flags, struct problem *);
void heart_close(struct heart *);

#endif
