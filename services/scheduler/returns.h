/* What agents say in their envelopes (lib/exchange/incoming.h), by purpose. */
#ifndef SCHEDULER_RETURNS_H
#define SCHEDULER_RETURNS_H

struct problem;
struct scheduler;

void returns_start(struct scheduler *);

#endif
