#include "services/audit/quota.h"

#include <stdio.h>
#include <string.h>

#define ACTOR_PART 2 /* of the rate, and of the burst */

void quota_set(struct quota *quota, enum class class, uint64_t bytes_per_s, uint64_t burst_bytes)
{
    quota->classes[class].bytes_per_ms = (double)bytes_per_s / 1000;
    quota->classes[class].burst_ms = (int64_t)((double)burst_bytes * 1000 / (double)bytes_per_s);
}

static bool pay(double *paid_ms, double burst_ms, double cost_ms, int64_t mono_ms)
{
    if (*paid_ms - (double)mono_ms >= burst_ms)
        return false;
    if (*paid_ms < (double)mono_ms)
        *paid_ms = (double)mono_ms;
    *paid_ms += cost_ms;
    return true;
}

bool quota_take(struct quota *quota, unsigned producer, enum class class, size_t bytes, int64_t mono_ms)
{
    const int row = __builtin_ctz(producer);
    if (pay(&quota->paid_ms[row][class], (double)quota->classes[class].burst_ms,
            (double)bytes / quota->classes[class].bytes_per_ms, mono_ms))
        return true;
    quota->refused[row][class]++;
    return false;
}

static unsigned find_actor(struct quota *quota, const char *name)
{
    unsigned found = 0;
    for (unsigned i = 0; i < QUOTA_ACTORS; i++) {
        if (!strcmp(quota->actors[i].name, name))
            return i;
        if (quota->actors[i].paid_ms < quota->actors[found].paid_ms)
            found = i;
    }
    snprintf(quota->actors[found].name, sizeof(quota->actors[found].name), "%s", name);
    quota->actors[found].paid_ms = 0;
    return found;
}

/* To charge double at the full rate is to charge once at half the rate; the burst lasts as long as before. */
bool quota_take_operation(struct quota *quota, const char *actor, size_t bytes, int64_t mono_ms)
{
    const double cost_ms = (double)bytes / quota->classes[CLASS_OPS].bytes_per_ms * ACTOR_PART;
    return pay(
        &quota->actors[find_actor(quota, actor)].paid_ms, (double)quota->classes[CLASS_OPS].burst_ms, cost_ms, mono_ms);
}
