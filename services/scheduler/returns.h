/* What agents say in their envelopes (lib/exchange/incoming.h), by purpose. */
#ifndef SCHEDULER_RETURNS_H
#define SCHEDULER_RETURNS_H

struct problem;
struct scheduler;

int returns_start(struct scheduler *, struct problem *);

#endif
