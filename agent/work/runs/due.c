#include "agent/work/runs/due.h"

#define CATCH_UP_MAX 100000 /* occurrences looked at in one go: ten weeks of every minute */

static enum due_answer once(const struct due_plan *plan, bool begun, int64_t now_ms, int64_t *ret_ms)
{
    if (begun)
        return DUE_OVER;
    if (now_ms >= plan->expires_ms)
        return DUE_EXPIRED;
    *ret_ms = now_ms >= plan->not_before_ms ? 0 : plan->not_before_ms;
    return now_ms >= plan->not_before_ms ? DUE_NOW : DUE_LATER;
}

/* The latest occurrence up to now, from one that is; of very many one that is not the latest, and the rest comes
 * next. */
static int64_t latest(const struct due_plan *plan, int64_t occurrence_ms, int64_t until_ms)
{
    for (int i = 0; i < CATCH_UP_MAX; i++) {
        int64_t next_ms = calendar_next(&plan->calendar, plan->zone, occurrence_ms);
        if (next_ms > until_ms)
            break;
        occurrence_ms = next_ms;
    }
    return occurrence_ms;
}

static enum due_answer recurring(const struct due_plan *plan, int64_t last_ms, int64_t now_ms, int64_t *ret_ms)
{
    int64_t from_ms = last_ms >= plan->not_before_ms ? last_ms : plan->not_before_ms - 1;
    int64_t next_ms = calendar_next(&plan->calendar, plan->zone, from_ms);
    if (next_ms >= plan->expires_ms || now_ms >= plan->expires_ms)
        return DUE_OVER;
    *ret_ms = next_ms;
    if (now_ms < next_ms)
        return DUE_LATER;
    /* Of several that were missed the latest stands for all. */
    *ret_ms = latest(plan, next_ms, now_ms);
    return now_ms - *ret_ms > DUE_LATE_MS && !plan->missed_once ? DUE_PASSED : DUE_NOW;
}

enum due_answer due_when(const struct due_plan *plan, int64_t last_ms, bool begun, int64_t now_ms, int64_t *ret_ms)
{
    return plan->recurring ? recurring(plan, last_ms, now_ms, ret_ms) : once(plan, begun, now_ms, ret_ms);
}
