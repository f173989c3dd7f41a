/* How many connections a bound socket has, and how many broke off before their peer had proved a key. */
#ifndef VEDETTE_BUS_PEERS_H
#define VEDETTE_BUS_PEERS_H

#include <stdint.h>

#include "lib/bus_socket.h"

struct bus_peers;

/* Watch the socket from now on; before it is bound. */
struct bus_peers *bus_peers_open(struct bus_sockets *, struct bus_socket *, struct problem *);
void bus_peers_close(struct bus_peers *);   /* before the socket itself; NULL is harmless */

/* As of now. */
unsigned bus_peers_connected(struct bus_peers *);
uint64_t bus_peers_failed(struct bus_peers *);

#endif
