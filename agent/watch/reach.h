/* The way to a host that is probed: its address, a connection, the time that it takes, a deadline. */
#ifndef VEDETTE_WATCH_REACH_H
#define VEDETTE_WATCH_REACH_H

#include "agent/watch/sampler.h"

#define REACH_LIMIT_MS 10000
#define ADDRESS_KEPT_MS 900000 /* a name is looked up again after so long, and after each failure */

/* Have the host's address in sampling->address, then go on; the clock begins to run there. */
void reach(struct sampling *, const char *host, void (*go_on)(struct sampling *));
void reach_connect(struct sampling *, uint16_t port, const char *question, void (*done)(void *arg, int error));
/* Thousandths of a millisecond since the address was there. */
uint64_t reach_took(const struct sampling *);
/* The sample is done: down, by an errno. */
void reach_failed(struct sampling *, int error);

#endif
