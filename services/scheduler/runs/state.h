/*
 * How far one run is, and what may come after what. Pure.
 *
 *     queued → delivered → running → done | failed | refused | interrupted | expired | cancelled
 *
 * What an agent says comes late, in order, and may leave out steps. `expired` and `cancelled` are said by the scheduler
 * of what it heard nothing of; an agent that did it all the same knows better.
 */
#ifndef SCHEDULER_RUN_STATE_H
#define SCHEDULER_RUN_STATE_H

#include <stdbool.h>

#include "contract.h"

bool run_state_ended(enum run_state);
/* Does a run that is in one state come into the other, if that is said of it? */
bool run_state_follows(enum run_state now, enum run_state said);
/* Counts towards the failures that stop a rollout. */
bool run_state_failed(enum run_state);

#endif
