/* Requests that are proved to be this agent's, over one connection. */
#ifndef VEDETTE_AGENT_CARRY_EXCHANGE_H
#define VEDETTE_AGENT_CARRY_EXCHANGE_H

#include "agent/state.h"

struct answer;
struct problem;
struct session;
struct shape;

struct exchange {
    struct identity identity;
    struct agent_keys keys;
    char *ca;
    struct session *session;
};

/* In the state directory. */
int exchange_open(struct exchange *, struct problem *);
void exchange_close(struct exchange *);

/* POST message with its MAC. 0: *ret is the caller's to free, whatever its status. */
int exchange_ask(struct exchange *, const char *path, const struct shape *, const void *message, struct answer *ret,
    struct problem *);

#endif
