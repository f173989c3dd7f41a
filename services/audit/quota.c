#include "services/audit/quota.h"

void quota_set(struct quota *quota, enum class class, uint64_t bytes_per_s, uint64_t burst_bytes)
{
    quota->classes[class].bytes_per_ms = (double)bytes_per_s / 1000;
    quota->classes[class].burst_ms = (int64_t)((double)burst_bytes * 1000 / (double)bytes_per_s);
}

bool quota_take(struct quota *quota, unsigned producer, enum class class, size_t bytes, int64_t mono_ms)
{
    const int row = __builtin_ctz(producer);
    double *paid_ms = &quota->paid_ms[row][class];
    if (*paid_ms - (double)mono_ms >= (double)quota->classes[class].burst_ms) {
        quota->refused[row][class]++;
        return false;
    }
    if (*paid_ms < (double)mono_ms)
        *paid_ms = (double)mono_ms;
    *paid_ms += (double)bytes / quota->classes[class].bytes_per_ms;
    return true;
}
