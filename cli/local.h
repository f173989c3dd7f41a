/* The server on this host: its settings, and the bus under the role `cli`. From local_open on, the working directory
 * is the state directory. One thread. */
#ifndef VEDETTE_CLI_LOCAL_H
#define VEDETTE_CLI_LOCAL_H

#include <stdbool.h>

#include "cli/ask.h"

struct bus;
struct bus_subscriber;
struct local;
struct loop;

/* NULL + problem. */
struct local *local_open(const char *state, struct problem *);
/* Not on the host: the bus as this subscriber (kept by the caller), and no settings. NULL + problem. */
struct local *local_open_subscriber(const struct bus_subscriber *, struct problem *);
void local_free(struct local *);
struct loop *local_loop(struct local *);
struct bus *local_bus(struct local *);
const struct settings *local_settings(struct local *);

enum outcome local_ask(
    struct local *, enum call, const void *request, unsigned deadline_ms, reply_taken *, void *arg, struct problem *);

/* Run the loop until local_done() or SIGINT or SIGTERM; the latter give false, now and from then on. */
bool local_run(struct local *);
void local_done(struct local *);
/* Let time_ms pass. */
bool local_wait(struct local *, unsigned time_ms);

#endif
