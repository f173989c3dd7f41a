/*
 * The connections of a bound socket, and their limits: strangers may reach it. A connection counts as heard once a
 * message came from it, which proves its key; until then it is one of few, of which the oldest goes when another comes,
 * and it has not long. So the sockets that are opened and left, and the handshakes that are not finished, neither keep
 * subscribers out nor use up the process's descriptors.
 */
#ifndef VEDETTE_BUS_PEERS_H
#define VEDETTE_BUS_PEERS_H

#include <stdint.h>

#include "lib/bus/socket.h"

#define PEERS_SILENT_MS 10000 /* to be heard: clients speak at once, a handshake may take 5 s */
/* A client, another one in reserve, and what is left of both after their networks broke */
#define PEERS_PER_SUBSCRIBER_MAX 16

struct bus_peers;

struct bus_peers_limits {
    unsigned heard, unheard; /* connections */
};
/* How many connections each of two such sockets may have, given the limit of descriptors and what else needs them. */
void bus_peers_limits(unsigned descriptors, struct bus_peers_limits *ret);

/* Watch the socket from now on; before it is bound. */
struct bus_peers *bus_peers_open(
    struct bus_sockets *, struct bus_socket *, const struct bus_peers_limits *, struct problem *);
void bus_peers_close(struct bus_peers *); /* before the socket itself; NULL is harmless */

/* Note who came and went, and end those that must go. Returns when to look again. */
int64_t bus_peers_turn(struct bus_peers *, int64_t now_ms);

/* A handshake asks: may one more of theirs be connected? */
bool bus_peers_admit(struct bus_peers *, const struct bus_who *, int64_t now_ms);
/* They sent what was received last on the socket. */
void bus_peers_heard(struct bus_peers *, const struct bus_who *);
/* End all their connections, at that time. */
void bus_peers_end(struct bus_peers *, const struct bus_who *, int64_t at_ms);

uint64_t bus_peers_failed(const struct bus_peers *); /* broke off before their key was proved */
uint64_t bus_peers_silent(const struct bus_peers *); /* ended because nothing was heard from them */

#endif
