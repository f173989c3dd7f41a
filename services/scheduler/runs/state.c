#include "services/scheduler/runs/state.h"

static int step(enum run_state state)
{
    switch (state) {
    case RUN_STATE_QUEUED:
        return 0;
    case RUN_STATE_DELIVERED:
        return 1;
    case RUN_STATE_RUNNING:
        return 2;
    default:
        return 3;
    }
}

bool run_state_ended(enum run_state state)
{
    return step(state) == 3;
}

/* By the scheduler, without a word of the agent. */
static bool is_assumed(enum run_state state)
{
    return state == RUN_STATE_EXPIRED || state == RUN_STATE_CANCELLED;
}

bool run_state_follows(enum run_state now, enum run_state said)
{
    if (is_assumed(now))
        return !is_assumed(said) && step(said) >= step(RUN_STATE_RUNNING);
    return !run_state_ended(now) && step(said) > step(now);
}

bool run_state_failed(enum run_state state)
{
    return run_state_ended(state) && state != RUN_STATE_DONE && state != RUN_STATE_CANCELLED;
}
