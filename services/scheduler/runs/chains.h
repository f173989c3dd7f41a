/* Chains of runs (lib/run_chain.h) as agents have told them: one a document and agent. A break is told to the log. */
#ifndef SCHEDULER_RUN_CHAINS_H
#define SCHEDULER_RUN_CHAINS_H

#include "services/scheduler/runs/runs.h"

struct paper;
struct scheduler;

/* What an agent says of a run of this document: if it is an end that has a place in the chain, it is compared, and the
 * chain goes on from there. True: the run has its place, and is to be stored. */
bool run_chains_take(struct scheduler *, const struct paper *, struct run *, const struct envelope_run *);

#endif
