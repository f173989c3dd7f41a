#include "agent/watch/aggregate.h"

bool aggregate_end(struct aggregate *aggregate, int64_t wall_ms, struct aggregate *ret)
{
    int64_t slot_ms = wall_ms - wall_ms % SLOT_MS;
    if (!aggregate->samples || aggregate->slot_ms == slot_ms)
        return false;
    *ret = *aggregate;
    aggregate->samples = 0;
    return true;
}

bool aggregate_add(struct aggregate *aggregate, int64_t wall_ms, uint64_t value, struct aggregate *ret)
{
    bool over = aggregate_end(aggregate, wall_ms, ret);
    if (!aggregate->samples)
        *aggregate = (struct aggregate){ .slot_ms = wall_ms - wall_ms % SLOT_MS, .least = value, .most = value };
    aggregate->samples++;
    aggregate->sum += (double)value;
    if (value < aggregate->least)
        aggregate->least = value;
    if (value > aggregate->most)
        aggregate->most = value;
    return over;
}

uint64_t aggregate_mean(const struct aggregate *aggregate)
{
    return aggregate->samples ? (uint64_t)(aggregate->sum / aggregate->samples + 0.5) : 0;
}
