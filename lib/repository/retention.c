#include "lib/repository/retention.h"

#include <stdlib.h>
#include <string.h>

#include "lib/calendar/civil.h"
#include "lib/repository/retention_trust.h"

#define NONE SIZE_MAX

const struct retention_rules retention_rules = {
    .spans = {
        [BACKUP_CLASS_DAILY] = { .days = 6 },
        [BACKUP_CLASS_DIFFERENTIAL] = { .days = 28 },
        [BACKUP_CLASS_WEEKLY] = { .months = 3 },
        [BACKUP_CLASS_SERVER] = { .days = 7 },
        [BACKUP_CLASS_ACCESS] = { .days = 90 },
        [BACKUP_CLASS_MANUAL] = { .days = 28 },
    },
    .fulls = 3,
    .condemned_h = 72,
    .deleted_percent = 20,
    .small_percent = 50,
    .changed_percent = 40,
    .jump_min = 60,
};

const char *const retention_why_words[RETENTION_WHY_COUNT] = {
    [RETENTION_DUE] = "due",
    [RETENTION_DATE] = "date",
    [RETENTION_HOLD] = "hold",
    [RETENTION_BASE] = "base",
    [RETENTION_FULLS] = "newest-fulls",
    [RETENTION_CLASS] = "last-of-class",
};

struct judging {
    const struct retention_backup *all;
    size_t count;
    const struct retention_rules *rules;
    int64_t now_s;
    struct retention_verdict *verdicts;
    size_t *base, *order; /* count of each */
};

static int by_name(const void *name, const void *backup)
{
    return strcmp(name, ((const struct retention_backup *)backup)->backup);
}

size_t retention_find(const struct retention_backup *all, size_t count, const char *backup)
{
    const struct retention_backup *found = count ? bsearch(backup, all, count, sizeof(*all), by_name) : NULL;
    return found ? (size_t)(found - all) : NONE;
}

/*
 * The later of the date that the commit says and the one that the rules give for its class and slot; but no commit
 * keeps itself for ever.
 */
static int64_t own_end_s(const struct judging *judging, const struct retention_backup *backup)
{
    int64_t by_rule = retention_kept_until(&judging->rules->spans[backup->class], backup->slot);
    int64_t until = backup->kept_until > by_rule ? backup->kept_until : by_rule;
    int64_t most = civil_day_of(backup->stored_s) + RETENTION_DAYS_MAX;
    return retention_date_end_s(until < most ? until : most, backup->zone);
}

static void begin(const struct judging *judging)
{
    for (size_t i = 0; i < judging->count; i++) {
        const struct retention_backup *backup = &judging->all[i];
        judging->base[i] = *backup->base ? retention_find(judging->all, judging->count, backup->base) : NONE;
        judging->verdicts[i] = (struct retention_verdict){
            .why = RETENTION_DUE,
            .ends_s = own_end_s(judging, backup),
            .needed_by = NONE,
        };
    }
}

static int latest_end_first(const void *a, const void *b, void *arg)
{
    const struct retention_verdict *verdicts = arg;
    int64_t one = verdicts[*(const size_t *)a].ends_s, other = verdicts[*(const size_t *)b].ends_s;
    return (one < other) - (one > other);
}

/* A base lives at least as long as what needs it. From the latest end on, so that each is moved at most once. */
static void outlive(const struct judging *judging)
{
    struct retention_verdict *verdicts = judging->verdicts;
    for (size_t i = 0; i < judging->count; i++)
        judging->order[i] = i;
    qsort_r(judging->order, judging->count, sizeof(*judging->order), latest_end_first, verdicts);
    for (size_t i = 0; i < judging->count; i++) {
        size_t from = judging->order[i];
        int64_t ends_s = verdicts[from].ends_s;
        for (size_t base = judging->base[from]; base != NONE && verdicts[base].ends_s < ends_s;
             base = judging->base[base]) {
            verdicts[base].ends_s = ends_s;
            verdicts[base].needed_by = from;
        }
    }
}

static void keep(const struct judging *judging, size_t i, enum retention_why why)
{
    if (judging->verdicts[i].why == RETENTION_DUE)
        judging->verdicts[i].why = why;
}

static void keep_dated_and_held(const struct judging *judging)
{
    for (size_t i = 0; i < judging->count; i++) {
        const struct retention_verdict *verdict = &judging->verdicts[i];
        if (judging->now_s < verdict->ends_s)
            keep(judging, i, verdict->needed_by == NONE ? RETENTION_DATE : RETENTION_BASE);
        if (judging->all[i].held)
            keep(judging, i, RETENTION_HOLD);
    }
}

/*
 * For a floor: what counts before what does not. Of those that count, what the target took later. The others are copies
 * of a repository, whose times are those of copying, or forged: what came on an earlier day, then what has the later
 * slot.
 */
static bool outranks(const struct judging *judging, size_t a, size_t b)
{
    const struct retention_backup *one = &judging->all[a], *other = &judging->all[b];
    int64_t came = civil_day_of(one->stored_s), other_came = civil_day_of(other->stored_s);
    bool counts = judging->verdicts[a].weight == RETENTION_COUNTS;
    if (counts != (judging->verdicts[b].weight == RETENTION_COUNTS))
        return counts;
    if (counts)
        return one->stored_s > other->stored_s;
    if (came != other_came)
        return came < other_came;
    return one->slot != other->slot ? one->slot > other->slot : a < b;
}

static void keep_newest_fulls(const struct judging *judging, enum retention_set set)
{
    size_t best[RETENTION_FULLS_MAX + 1], found = 0;
    for (size_t i = 0; i < judging->count; i++) {
        const struct retention_backup *backup = &judging->all[i];
        if (!backup->verified || !retention_is_full(backup) || retention_set_of(backup->class) != set)
            continue;
        size_t at = found;
        for (; at && outranks(judging, i, best[at - 1]); at--)
            best[at] = best[at - 1];
        best[at] = i;
        found += found < judging->rules->fulls;
    }
    for (size_t i = 0; i < found; i++)
        keep(judging, best[i], RETENTION_FULLS);
}

static void keep_last_of_class(const struct judging *judging, enum backup_class class)
{
    size_t best = NONE;
    for (size_t i = 0; i < judging->count; i++) {
        const struct retention_backup *backup = &judging->all[i];
        if (backup->verified && backup->class == class && (best == NONE || outranks(judging, i, best)))
            best = i;
    }
    if (best != NONE)
        keep(judging, best, RETENTION_CLASS);
}

/* Whatever keeps a backup keeps its base, and that one's. */
static void keep_bases(const struct judging *judging)
{
    for (size_t i = 0; i < judging->count; i++) {
        if (judging->verdicts[i].why == RETENTION_DUE)
            continue;
        size_t base = judging->base[i];
        for (; base != NONE && judging->verdicts[base].why == RETENTION_DUE; base = judging->base[base]) {
            judging->verdicts[base].why = RETENTION_BASE;
            judging->verdicts[base].needed_by = i;
        }
    }
}

int retention_judge(const struct retention_backup *all, size_t count, const struct retention_rules *rules,
    int64_t now_s, struct retention_verdict *ret)
{
    size_t *scratch = count <= RETENTION_BACKUPS_MAX ? calloc(2 * count + 1, sizeof(*scratch)) : NULL;
    if (!scratch)
        return -1;
    struct judging judging = { all, count, rules, now_s, ret, scratch, scratch + count };
    begin(&judging);
    retention_trust(all, count, rules, judging.order, ret);
    outlive(&judging);
    keep_dated_and_held(&judging);
    for (enum retention_set set = 0; set < RETENTION_SET_COUNT; set++)
        keep_newest_fulls(&judging, set);
    for (enum backup_class class = 0; class < BACKUP_CLASS_COUNT; class ++)
        keep_last_of_class(&judging, class);
    keep_bases(&judging);
    free(scratch);
    return 0;
}

bool retention_promotes(
    const struct retention_backup *all, const struct retention_verdict *verdicts, size_t count, int64_t slot)
{
    for (size_t i = 0; i < count; i++) {
        if (verdicts[i].weight == RETENTION_COUNTS && retention_is_full(&all[i]) &&
            retention_set_of(all[i].class) == RETENTION_SET_FILES &&
            retention_week(all[i].slot) == retention_week(slot))
            return false;
    }
    return true;
}

enum retention_step retention_step(const struct retention_rules *rules, bool due, int64_t condemned_s, int64_t now_s)
{
    if (!due)
        return RETENTION_KEEP;
    if (!condemned_s || condemned_s > now_s)
        return RETENTION_CONDEMN;
    return now_s - condemned_s < (int64_t)rules->condemned_h * 3600 ? RETENTION_WAIT : RETENTION_DELETE;
}
