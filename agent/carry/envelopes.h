/* Envelopes over HTTPS, both ways: on our disk before they are acknowledged, on the server's before they are
 * removed. */
#ifndef VEDETTE_AGENT_CARRY_ENVELOPES_H
#define VEDETTE_AGENT_CARRY_ENVELOPES_H

#include <stdbool.h>

struct exchange;
struct problem;

/* Fetch all that waits for us into mail/in/. arrived() is called as soon as some are there. */
int envelopes_fetch(struct exchange *, void (*arrived)(void), struct problem *);
/* Send what is in mail/out/, oldest first. */
int envelopes_put(struct exchange *, struct problem *);

#endif
