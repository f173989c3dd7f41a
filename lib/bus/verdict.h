/* What a server said to our key. libzmq tries on in silence; only its monitor tells of a refusal. */
#ifndef VEDETTE_BUS_VERDICT_H
#define VEDETTE_BUS_VERDICT_H

#include "lib/bus/socket.h"

struct bus_verdict;

/* Watch the socket from now on; before it is connected. */
struct bus_verdict *bus_verdict_open(struct bus_sockets *, struct bus_socket *, struct problem *);
void bus_verdict_close(struct bus_verdict *); /* before the socket itself; NULL is harmless */

/* Whether the key was refused (ZAP status 400), as of now. */
bool bus_verdict_refused(struct bus_verdict *);

#endif
