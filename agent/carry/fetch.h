#ifndef VEDETTE_AGENT_CARRY_FETCH_H
#define VEDETTE_AGENT_CARRY_FETCH_H

struct exchange;
struct problem;

/* Fetch what work wants (agent/fetched.h), going on where the last delivery broke off; arrived() for each that is
 * whole. One that the server does not have yet is left for another time. */
int fetch_wanted(struct exchange *, void (*arrived)(void), struct problem *);

#endif
