#include "lib/repository/retention_trust.h"

#include <stdlib.h>
#include <string.h>

#include "lib/calendar/civil.h"

const char *const retention_weight_words[RETENTION_WEIGHT_COUNT] = {
    [RETENTION_UNWEIGHED] = "unweighed",
    [RETENTION_COUNTS] = "counts",
    [RETENTION_PASSED] = "passed",
    [RETENTION_SMALL] = "small",
    [RETENTION_CHANGED] = "changed",
};

/* What came before in a set, of what counts. */
struct before {
    const struct retention_backup *full,
        *alike[2];   /* the last; the last of either form: an anchor shares nothing, and is larger */
    int64_t days[2]; /* on which the last came that is a full, that is none */
};

enum retention_set retention_set_of(enum backup_class class)
{
    switch (class) {
    case BACKUP_CLASS_MANUAL:
        return RETENTION_SET_MANUAL;
    case BACKUP_CLASS_SERVER:
        return RETENTION_SET_SERVER;
    case BACKUP_CLASS_ACCESS:
        return RETENTION_SET_ACCESS;
    default:
        return RETENTION_SET_FILES;
    }
}

bool retention_is_full(const struct retention_backup *backup)
{
    return !*backup->base && backup->class != BACKUP_CLASS_DIFFERENTIAL && backup->class != BACKUP_CLASS_ACCESS;
}

/* In UTC: which zone it is for, the agent says. */
static int64_t stored_day(const struct retention_backup *backup)
{
    return civil_day_of(backup->stored_s);
}

static bool on_time(const struct retention_backup *backup)
{
    return backup->slot >= stored_day(backup) - RETENTION_LATE_DAYS &&
           backup->slot <= stored_day(backup) + RETENTION_EARLY_DAYS;
}

/* Compare part of whole with so many percent: <0, 0, >0. In 128 bits, because an agent may send any numbers. */
static int compare(uint64_t part, uint64_t whole, unsigned percent)
{
    unsigned __int128 is = (unsigned __int128)part * 100, limit = (unsigned __int128)whole * percent;
    return (is > limit) - (is < limit);
}

/* By what it says that it holds, and by what is there of it. */
static bool is_small(
    const struct retention_backup *backup, const struct before *before, const struct retention_rules *rules)
{
    const struct retention_backup *alike = before->alike[backup->anchor] ? before->alike[backup->anchor] : before->full;
    return compare(backup->content_bytes, before->full->content_bytes, rules->small_percent) < 0 ||
           compare(backup->live_bytes, alike->live_bytes, rules->small_percent) < 0;
}

static bool is_changed(const struct retention_backup *backup, const struct retention_rules *rules)
{
    enum retention_set set = retention_set_of(backup->class);
    /* What a server writes of itself is new each time. */
    bool steady = set == RETENTION_SET_FILES || set == RETENTION_SET_MANUAL;
    return steady && compare(backup->changed_files, backup->files, rules->changed_percent) > 0;
}

/* What was found once stays so, whatever has gone since; but a doubt ends when a person says so. */
static enum retention_weight weigh(
    const struct retention_backup *backup, const struct before *before, const struct retention_rules *rules)
{
    bool full = retention_is_full(backup);
    if (!backup->verified || !on_time(backup))
        return RETENTION_UNWEIGHED;
    if (backup->weight == RETENTION_COUNTS || backup->weight == RETENTION_PASSED)
        return backup->weight;
    if (backup->weight != RETENTION_UNWEIGHED && !backup->accepted)
        return backup->weight;
    if (!backup->accepted && full && before->full && is_small(backup, before, rules))
        return RETENTION_SMALL;
    if (!backup->accepted && before->full && is_changed(backup, rules))
        return RETENTION_CHANGED;
    return stored_day(backup) == before->days[full] ? RETENTION_PASSED : RETENTION_COUNTS;
}

/* As the target took them. */
static int first_taken_first(const void *a, const void *b, void *arg)
{
    const struct retention_backup *all = arg;
    const struct retention_backup *one = &all[*(const size_t *)a], *other = &all[*(const size_t *)b];
    if (one->stored_s != other->stored_s)
        return one->stored_s < other->stored_s ? -1 : 1;
    return strcmp(one->backup, other->backup);
}

static void follow(struct before *before, const struct retention_backup *backup)
{
    bool full = retention_is_full(backup);
    before->days[full] = stored_day(backup);
    if (full)
        before->full = before->alike[backup->anchor] = backup;
}

void retention_trust(const struct retention_backup *all, size_t count, const struct retention_rules *rules,
    size_t *order, struct retention_verdict *verdicts)
{
    struct before sets[RETENTION_SET_COUNT];
    for (size_t i = 0; i < RETENTION_SET_COUNT; i++)
        sets[i] = (struct before){ .days = { INT64_MIN, INT64_MIN } };
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    qsort_r(order, count, sizeof(*order), first_taken_first, (void *)all);
    for (size_t i = 0; i < count; i++) {
        const struct retention_backup *backup = &all[order[i]];
        struct before *before = &sets[retention_set_of(backup->class)];
        verdicts[order[i]].weight = weigh(backup, before, rules);
        if (verdicts[order[i]].weight == RETENTION_COUNTS)
            follow(before, backup);
    }
}
