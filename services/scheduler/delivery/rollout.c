#include "services/scheduler/delivery/rollout.h"

#define SILENT_PART 10 /* one of so many may be offline */

uint32_t rollout_ring(const struct rollout *rollout, size_t index)
{
    uint32_t first = rollout->canary > 0;
    if (index < rollout->canary)
        return 0;
    return rollout->ring ? first + (uint32_t)((index - rollout->canary) / rollout->ring) : first;
}

enum rollout_says rollout_judge(const struct rollout *rollout, const struct rollout_seen *seen)
{
    if (rollout->stop_failures && seen->failed >= rollout->stop_failures)
        return ROLLOUT_STOP;
    if (seen->begun || seen->open > seen->out / SILENT_PART)
        return ROLLOUT_WAIT;
    return ROLLOUT_NEXT;
}
