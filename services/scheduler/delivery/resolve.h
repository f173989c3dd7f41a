/*
 * For whom a document is: a delivery for each of its agents, and of a task that is done once a run. Agents judge it
 * themselves, by what they were enrolled as; nothing depends on who is found here but who hears of it.
 */
#ifndef SCHEDULER_RESOLVE_H
#define SCHEDULER_RESOLVE_H

#include <stdint.h>

struct scheduler;

/* Documents that can go to their agents now are made deliveries; those that name agents who are not known wait for the
 * roster. */
void resolve_turn(struct scheduler *);
/* An agent is new: what is in force and is for it, too, goes to it. */
void resolve_newcomer(struct scheduler *, uint32_t agent);

#endif
