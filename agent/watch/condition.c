#include "agent/watch/condition.h"

void condition_begin(struct condition *condition, int64_t wall_ms)
{
    *condition = (struct condition){ .level = LEVEL_OK, .since_ms = wall_ms };
}

static bool is_beyond(enum side side, uint64_t value, uint64_t limit)
{
    return side == SIDE_ABOVE ? value > limit : value < limit;
}

/* The level that this sample alone speaks for, while the watch stands at `level`. */
static enum level level_of(const struct rule *rule, const struct sample *sample, enum level level)
{
    if (sample->level == LEVEL_UNKNOWN || sample->level == LEVEL_CRITICAL || !sample->has_value)
        return sample->level;
    const struct threshold *critical = &rule->critical, *warning = &rule->warning;
    bool was_critical = level == LEVEL_CRITICAL, was_bad = was_critical || level == LEVEL_WARNING;
    if (critical->set && is_beyond(rule->side, sample->value, was_critical ? critical->clear : critical->enter))
        return LEVEL_CRITICAL;
    if (warning->set && is_beyond(rule->side, sample->value, was_bad ? warning->clear : warning->enter))
        return LEVEL_WARNING;
    return sample->level;
}

static int direction(enum level found, enum level level)
{
    if (found == level)
        return STREAK_NONE;
    if (found == LEVEL_UNKNOWN)
        return STREAK_LOST;
    return found == LEVEL_OK || (level != LEVEL_UNKNOWN && found < level) ? STREAK_BETTER : STREAK_WORSE;
}

static void follow_streak(struct condition *condition, enum level found, int64_t mono_ms)
{
    int streak = direction(found, condition->level);
    if (streak != (int)condition->streak) {
        condition->streak = streak;
        condition->samples = 0;
        condition->began_ms = mono_ms;
        condition->nearest = found;
    }
    if (streak == STREAK_NONE)
        return;
    condition->samples++;
    if (streak == STREAK_WORSE ? found < condition->nearest : found > condition->nearest)
        condition->nearest = found;
}

static bool is_long_enough(const struct rule *rule, const struct condition *condition, int64_t mono_ms)
{
    if (condition->streak == STREAK_BETTER)
        return condition->samples >= rule->clear_samples;
    return condition->streak != STREAK_NONE && condition->samples >= rule->after_samples &&
           mono_ms - condition->began_ms >= rule->after_ms;
}

/* What it depends on must have been looked at, and found well, since this streak began: the one that is looked at first would
 * otherwise be blamed for the other. */
static bool is_held(const struct hold *hold, const struct condition *condition)
{
    return hold->maintenance || (hold->depends && hold->well_ms < condition->began_ms);
}

bool condition_take(const struct rule *rule, const struct hold *hold, const struct sample *sample, int64_t mono_ms,
    int64_t wall_ms, struct condition *condition)
{
    follow_streak(condition, level_of(rule, sample, condition->level), mono_ms);
    bool worse = condition->streak == STREAK_WORSE || condition->streak == STREAK_LOST;
    condition->held = worse && is_held(hold, condition);
    if (condition->held && hold->maintenance)
        condition->streak = STREAK_NONE; /* what happens within a window counts for nothing behind it */
    if (condition->held || !is_long_enough(rule, condition, mono_ms))
        return false;
    condition->level = condition->nearest;
    condition->since_ms = wall_ms;
    condition->streak = STREAK_NONE;
    /* It may be the first sample of the way to a worse one. */
    follow_streak(condition, level_of(rule, sample, condition->level), mono_ms);
    return true;
}
