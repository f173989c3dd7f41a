/* How runs go on: what agents say of them, what time says, and what follows for the rings of a rollout. */
#ifndef SCHEDULER_PROGRESS_H
#define SCHEDULER_PROGRESS_H

#include <stdint.h>

#include "contract.h"

struct delivery;
struct problem;
struct scheduler;

/* An agent says how far a run is. -1 + problem: it cannot be kept now, and is to come again. */
int progress_report(struct scheduler *, uint32_t agent, const struct envelope_run *, struct problem *);
/* A piece of what a run wrote. -1: as above. */
int progress_output(struct scheduler *, uint32_t agent, const struct envelope_output *, struct problem *);
/* How far a restore is. */
void progress_restore(struct scheduler *, uint32_t agent, const struct envelope_restore_run *);
/* It could not be brought to the agent, and never will be. */
void progress_unreachable(struct scheduler *, const struct delivery *, const struct problem *);
/* Runs of documents that are past their time, and rings whose turn has come; some at a time, each second. */
void progress_tick(struct scheduler *);

#endif
