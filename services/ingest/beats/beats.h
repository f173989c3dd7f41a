/*
 * The socket that takes heartbeats. Idle, it is watched by epoll; once a beat has come it is drained after naps of
 * 1-5 ms until a drain finds nothing: a nap collects many beats for one system call, which is half the CPU of blocking.
 */
#ifndef INGEST_BEATS_H
#define INGEST_BEATS_H

#include <stdbool.h>
#include <stdint.h>

struct beats;
struct intake;
struct loop;
struct presence_clock;
struct problem;

/* Bind, with as much receive buffer as the system grants: more than rmem_max only while still root. */
struct beats *beats_open(const char *address, int64_t buffer_bytes, struct problem *);
/* Begin to drain into intake; drained(arg, wait) is called at the end of each turn: whether beats still wait in the queue. */
int beats_start(struct beats *, struct loop *, struct intake *, struct presence_clock *,
                void (*drained)(void *arg, bool wait), void *arg, struct problem *);
void beats_close(struct beats *);

/* Send from the same socket, so that it comes back through the agent's NAT mapping. Lost is lost: beats repeat. */
int beats_send(struct beats *, const uint8_t address[16], uint16_t port, const void *data, unsigned bytes);
unsigned beats_port(const struct beats *);

#endif
