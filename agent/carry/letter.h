/* The agent's report of its machine, and its heartbeat counter back: POST /v1/mail. */
#ifndef VEDETTE_AGENT_CARRY_LETTER_H
#define VEDETTE_AGENT_CARRY_LETTER_H

struct exchange;
struct options;
struct outcome;
struct problem;

/* Send what is spooled of the inventory, and learn the last accepted counter. */
int letter_send(struct exchange *, const struct options *, struct outcome *ret, struct problem *);

#endif
