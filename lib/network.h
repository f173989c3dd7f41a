/* Which network an address belongs to: refusals are counted by network, not by single addresses. */
#ifndef VEDETTE_NETWORK_H
#define VEDETTE_NETWORK_H

#include <stdint.h>

/* A number for the network of a numeric address: the IPv4 address itself, the /64 of an IPv6 one, since whoever has one
 * of those has them all. What is no address shares one number. */
uint64_t network_of(const char *address);

#endif
