/* Histories by number: which plan, which zone, what goes wrong. The same number is the same history. */
#ifndef VEDETTE_PRUNE_HISTORIES_H
#define VEDETTE_PRUNE_HISTORIES_H

#include <ftw.h>

#include "tests/prune/history.h"

#define ZONES_FOLDER "/usr/share/zoneinfo/"
#define ZONES_ALL 1024

struct histories {
    struct zone *zones[ZONES_ALL];
    char names[ZONES_ALL][ZONE_NAME_BYTES];
    size_t n_zones;
    struct world one, other;
};

static struct histories *histories_loading;

static inline int histories_load_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    struct histories *all = histories_loading;
    const char *name = path + strlen(ZONES_FOLDER);
    (void)status, (void)where;
    if (kind != FTW_F || !strncmp(name, "posix/", 6) || !strncmp(name, "right/", 6) || all->n_zones == ZONES_ALL ||
        strlen(name) >= ZONE_NAME_BYTES)
        return 0;
    struct zone *zone = zone_load(name, NULL);
    if (zone) {
        strcpy(all->names[all->n_zones], name);
        all->zones[all->n_zones++] = zone;
    }
    return 0;
}

/* Every zone that tzdata has, under each of its names. NULL: no memory, or no tzdata. */
static inline struct histories *histories_open(void)
{
    struct histories *all = calloc(1, sizeof(*all));
    histories_loading = all;
    if (all && (nftw(ZONES_FOLDER, histories_load_one, 16, FTW_PHYS) || !all->n_zones)) {
        free(all);
        return NULL;
    }
    return all;
}

static inline void histories_free(struct histories *all)
{
    for (size_t i = 0; i < all->n_zones; i++)
        zone_free(all->zones[i]);
    free(all);
}

static inline struct world_plan histories_plan(struct random *random)
{
    static const enum backup_class classes[] = { BACKUP_CLASS_DAILY, BACKUP_CLASS_DAILY, BACKUP_CLASS_DAILY,
        BACKUP_CLASS_DAILY, BACKUP_CLASS_MANUAL, BACKUP_CLASS_SERVER, BACKUP_CLASS_ACCESS };
    static const int64_t most_gaps_s[] = { 4 * HOUR_S, 6 * HOUR_S, 8 * HOUR_S, 10 * HOUR_S, 40 * HOUR_S, 240 * HOUR_S };
    struct world_plan plan = {
        .daily = classes[random_from(random, 0, 6)],
        .differentials = random_hits(random, 50),
        .forges = random_hits(random, 35),
        .skews = random_hits(random, 20),
        .crashes = random_hits(random, 30),
        .doubts = random_hits(random, 15),
        .holds = random_hits(random, 40),
        .misses_percent = random_hits(random, 50) ? 0 : (int)random_from(random, 0, 60),
        .days = (int)random_from(random, 46, random_hits(random, 20) ? 160 : 64),
        .least_gap_s = 3 * HOUR_S,
        .most_gap_s = most_gaps_s[random_from(random, 0, 5)],
    };
    /* What is done by hand follows no plan, and what a server writes is new each time: no doubt about them asks
     * anybody. */
    plan.doubts &= plan.daily == BACKUP_CLASS_DAILY;
    return plan;
}

static inline void histories_begin(struct world *world, const struct zone *zone, const struct retention_rules *rules,
    uint64_t seed, uint64_t schedule, int64_t from_s, int days)
{
    prune_memory_free(&world->memory);
    memset(world, 0, sizeof(*world));
    world->random.state = seed;
    world->schedule.state = schedule;
    world->zone = zone;
    world->rules = rules;
    world->now_s = world->smooth_s = world->ran_s = world->booted_s = from_s;
    world->end_s = from_s + days * (int64_t)86400;
}

/* Two pruners in one world, one that comes often and one when it likes: in the end there is the same. */
static inline const char *histories_compare(struct histories *all, uint64_t number, const struct zone *zone,
    const struct retention_rules *rules, struct world_plan plan, int64_t from_s)
{
    plan.forges = plan.skews = plan.doubts = false;
    histories_begin(&all->other, zone, rules, number, ~number, from_s, plan.days);
    all->other.least_s = 72 * HOUR_S;
    all->other.grace_s = GRACE_S;
    plan.most_gap_s = plan.most_gap_s == 6 * HOUR_S ? 100 * HOUR_S : 6 * HOUR_S;
    const char *broken = world_live(&all->other, &plan);
    if (broken)
        return broken;
    /* A pruner that was killed just now, or whose memory somebody edited, is not done. */
    int64_t settled_s = all->one.now_s - GRACE_S - 12 * HOUR_S;
    if (all->one.smooth_s > settled_s || all->other.smooth_s > settled_s)
        return NULL;
    for (int i = 0; i < all->one.n_backups; i++) {
        const struct world_backup *one = &all->one.backups[i], *other = &all->other.backups[i];
        const struct world_backup *left = one->exists ? one : other;
        /* What has been free for a shorter time may be condemned by now, or gone. */
        if (one->exists != other->exists && left->free_s < settled_s)
            return "independent of when and how often the pruner ran";
    }
    return NULL;
}

/* What was broken in it; NULL: nothing. */
static inline const char *histories_run(struct histories *all, uint64_t number, const struct retention_rules *rules)
{
    struct random random = { number * 0x2545f4914f6cdd1du + 1 };
    const struct zone *zone = all->zones[random_next(&random) % all->n_zones];
    struct world_plan plan = histories_plan(&random);
    /* From 2024 to the end of 2040, at an hour after which no backup falls on the next day in UTC. */
    int64_t from_s = 86400 * random_from(&random, 19723, 25932 - plan.days) + HOUR_S * random_from(&random, 3, 20);
    bool compared = random_hits(&random, 20);
    if (compared)
        plan.forges = plan.skews = plan.doubts = false;
    histories_begin(&all->one, zone, rules, number, number + 77, from_s, plan.days);
    /* A clock that was restarted may be wrong by a day without being found out; one that is slow may cost another
     * run. */
    all->one.least_s = (plan.skews ? 46 : 72) * HOUR_S;
    all->one.grace_s = plan.skews ? GRACE_S + 12 * HOUR_S : GRACE_S;
    const char *broken = world_live(&all->one, &plan);
    return broken || !compared ? broken : histories_compare(all, number, zone, rules, plan, from_s);
}

#endif
