#include "lib/repository/retention_stop.h"

#include <string.h>

bool retention_is_many(const struct retention_rules *rules, size_t deleted, size_t all)
{
    return deleted > 1 && deleted * 100 > all * rules->deleted_percent;
}

bool retention_is_much(const struct retention_rules *rules, uint64_t garbage_bytes, uint64_t stored_bytes)
{
    return (unsigned __int128)garbage_bytes * 100 > (unsigned __int128)stored_bytes * rules->deleted_percent;
}

/* How far outside of the span it went, beyond what is allowed. */
static int64_t outside(const struct retention_rules *rules, int64_t went_s, int64_t least_s, int64_t most_s)
{
    int64_t allowed_s = (int64_t)rules->jump_min * 60;
    if (went_s < least_s - allowed_s)
        return went_s - least_s;
    return went_s > most_s + allowed_s ? went_s - most_s : 0;
}

int64_t retention_clock_jump_s(
    const struct retention_rules *rules, const struct retention_clock *before, const struct retention_clock *now)
{
    bool restarted = strcmp(before->boot, now->boot) != 0;
    int64_t least_s = restarted ? now->running_s : now->running_s - before->running_s;
    int64_t most_s = restarted ? least_s + RETENTION_ABSENT_S : least_s;
    return outside(rules, now->wall_s - before->wall_s, least_s, most_s);
}

int64_t retention_clock_first_jump_s(
    const struct retention_rules *rules, int64_t newest_stored_s, const struct retention_clock *now)
{
    return outside(rules, now->wall_s - newest_stored_s, 0, RETENTION_ABSENT_S);
}
