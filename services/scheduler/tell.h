/* What happened to documents and runs, as events. They are in the outbox before what they tell of is committed: a kill
 * between the two has the agent say it again, and so the event, too. */
#ifndef SCHEDULER_TELL_H
#define SCHEDULER_TELL_H

#include "services/scheduler/documents/documents.h"
#include "services/scheduler/runs/runs.h"

struct scheduler;

/* A run came into a state: running or ended; of others nothing is told. */
void tell_run(struct scheduler *, const struct paper *, const struct run *);
void tell_drafted(struct scheduler *, const struct paper *);
void tell_signed(struct scheduler *, const struct paper *, const char *actor);
/* -1: the outbox is full. */
int tell_logged(struct scheduler *, const struct paper *);
void tell_refused(struct scheduler *, const struct problem *, const char *actor);
void tell_stopped(struct scheduler *, const struct paper *, uint32_t failed);

#endif
