/*
 * A repository that lives through some months by a seed: an agent that follows a plan in some zone, misses days, is
 * rooted and forges; people who hold, accept and distrust; a pruner that runs when it runs, is killed, and has a clock.
 * What a backup's last date is, and when that is over, is reckoned here by other means than in the code under test.
 */
#ifndef VEDETTE_PRUNE_WORLD_H
#define VEDETTE_PRUNE_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/prune/plan.h"
#include "lib/calendar/zone.h"
#include "lib/problem.h"
#include "lib/repository/retention_stop.h"

#define HOUR_S 3600
#define WORLD_BACKUPS 512
#define WORLD_OBJECTS 2048
#define WORLD_NEEDS 8
#define NOBODY (-1)

struct random {
    uint64_t state;
};

/* splitmix64, by Sebastiano Vigna. */
static inline uint64_t random_next(struct random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static inline int64_t random_from(struct random *random, int64_t least, int64_t most)
{
    return least + (int64_t)(random_next(random) % (uint64_t)(most - least + 1));
}

static inline bool random_hits(struct random *random, int percent)
{
    return random_from(random, 1, 100) <= percent;
}

enum world_sort {
    SORT_HONEST,
    SORT_LATE,    /* forged: of another day than that on which it came */
    SORT_SECOND,  /* forged: as good as any, but of a day that has one */
    SORT_EMPTY,   /* forged: of the day, with next to nothing in it */
    SORT_FOREIGN, /* forged: signed by another key, or with objects that are not there */
    SORT_REPLAY,  /* a commit that was deleted, put back */
};

/* A backup there is or was. */
struct world_backup {
    struct retention_backup facts;
    enum world_sort sort;
    bool exists, ever_deleted;
    int base; /* index, or NOBODY */
    int objects[WORLD_NEEDS], n_objects;
    int64_t ends_s; /* of its own last date */
    int64_t held_from_s, held_to_s;
    int64_t free_s; /* since when nothing keeps it */
    int64_t deleted_s;
    bool accepted, distrusted;
    bool doubted; /* honest, but much smaller or changed: a person has to say so */
};

struct world_object {
    bool exists;
    uint8_t key[SHA256_BYTES];
    enum object kind;
    int64_t condemned_s;
};

struct world {
    struct random random, schedule; /* what happens; when the pruner runs */
    const struct zone *zone;
    const struct retention_rules *rules;
    int64_t now_s, end_s;
    int64_t grace_s; /* after which what nothing keeps must be gone */
    int64_t least_s; /* for which something must have been condemned, by the true time */
    struct world_backup backups[WORLD_BACKUPS];
    int by_name[WORLD_BACKUPS], n_backups;
    struct world_object objects[WORLD_OBJECTS];
    int n_objects;
    /* The pruner. */
    struct prune_memory memory;
    struct retention_clock clock;  /* observed last, and found good */
    int64_t clock_off_s, smooth_s; /* its error; since when it has run often, wholly and unstopped */
    int64_t ran_s, booted_s;
    unsigned boots;
    /* What was broken, in words; "": nothing. */
    char broken[256];
};

#define WORLD_BREAK(world, ...)                                                                                        \
    do {                                                                                                               \
        if (!*(world)->broken)                                                                                         \
            snprintf((world)->broken, sizeof((world)->broken), __VA_ARGS__);                                           \
    } while (0)

/* The last quarter of an hour that shows the date. No zone has changed its clocks at another time since 1972. */
static inline int64_t world_date_end_s(int64_t day, const struct zone *zone)
{
    int64_t utc_s = day * 86400;
    for (int64_t at_s = utc_s + 2 * 86400; at_s > utc_s - 2 * 86400; at_s -= 900) {
        struct zone_span span;
        zone_span_at(zone, at_s - 1, &span);
        if (at_s - 1 + span.offset_s < utc_s + 86400)
            return at_s;
    }
    return utc_s;
}

/* As people count, by libc's calendar. */
static inline int64_t world_kept_until(enum backup_class class, int64_t slot)
{
    static const int days[BACKUP_CLASS_COUNT] = { 6, 28, 0, 7, 90, 28 };
    time_t slot_s = slot * 86400;
    struct tm date, tried;
    gmtime_r(&slot_s, &date);
    if (class != BACKUP_CLASS_WEEKLY)
        return slot + days[class];
    date.tm_mon += 3;
    for (;; date.tm_mday--) {
        tried = date;
        time_t found = timegm(&tried);
        if (tried.tm_mday == date.tm_mday)
            return found / 86400;
    }
}

static inline int64_t world_today(const struct world *world)
{
    struct zone_span span;
    zone_span_at(world->zone, world->now_s, &span);
    int64_t wall_s = world->now_s + span.offset_s;
    return wall_s / 86400;
}

static inline int world_add_object(struct world *world, enum object kind, const uint8_t key[SHA256_BYTES])
{
    struct world_object *object = &world->objects[world->n_objects];
    if (world->n_objects == WORLD_OBJECTS)
        return NOBODY;
    *object = (struct world_object){ .exists = true, .kind = kind };
    memcpy(object->key, key, SHA256_BYTES);
    return world->n_objects++;
}

/* Segments are numbered, so that they are in the order of their keys. */
static inline int world_add_segment(struct world *world)
{
    uint8_t key[SHA256_BYTES] = { (uint8_t)(world->n_objects >> 8), (uint8_t)world->n_objects };
    return world_add_object(world, OBJECT_SEGMENT, key);
}

static inline void world_need(struct world_backup *backup, int object)
{
    if (object != NOBODY && backup->n_objects < WORLD_NEEDS)
        backup->objects[backup->n_objects++] = object;
}

/* The newest honest backup that readers would build on: it is there, and its date is not over. NOBODY: none. */
static inline int world_newest(const struct world *world, enum backup_class class, bool full)
{
    int found = NOBODY;
    for (int i = 0; i < world->n_backups; i++) {
        const struct world_backup *backup = &world->backups[i];
        bool wanted = full ? backup->base == NOBODY && (backup->facts.class == BACKUP_CLASS_DAILY ||
                                                           backup->facts.class == BACKUP_CLASS_WEEKLY)
                           : backup->facts.class == class;
        if (backup->exists && wanted && backup->sort == SORT_HONEST && backup->facts.verified &&
            backup->ends_s > world->now_s)
            found = i;
    }
    return found;
}

static inline struct world_backup *world_add(
    struct world *world, enum backup_class class, int64_t slot, enum world_sort sort)
{
    static const char digits[] = "0123456789abcdef";
    if (world->n_backups == WORLD_BACKUPS || world->n_objects + WORLD_NEEDS > WORLD_OBJECTS)
        return NULL;
    struct world_backup *backup = &world->backups[world->n_backups];
    *backup = (struct world_backup){ .sort = sort, .exists = true, .base = NOBODY };
    for (int i = 0; i < BACKUP_BYTES - 1; i++)
        backup->facts.backup[i] = digits[random_next(&world->random) & 15];
    backup->facts.class = class;
    backup->facts.slot = slot;
    backup->facts.kept_until = world_kept_until(class, slot);
    backup->facts.zone = world->zone;
    backup->facts.verified = sort != SORT_FOREIGN;
    backup->facts.stored_s = world->now_s;
    backup->facts.content_bytes = backup->facts.live_bytes = (uint64_t)random_from(&world->random, 70000, 100000);
    backup->facts.files = 1000;
    backup->facts.changed_files = (uint64_t)random_from(&world->random, 0, 300);
    backup->ends_s = world_date_end_s(backup->facts.kept_until, world->zone);
    backup->free_s = backup->ends_s > world->now_s ? backup->ends_s : world->now_s;
    int at = world->n_backups++;
    for (; at && strcmp(world->backups[world->by_name[at - 1]].facts.backup, backup->facts.backup) > 0; at--)
        world->by_name[at] = world->by_name[at - 1];
    world->by_name[at] = (int)(backup - world->backups);
    return backup;
}

static inline void world_store(struct world *world, struct world_backup *backup)
{
    uint8_t key[SHA256_BYTES];
    catalogue_manifest_key(backup->facts.backup, key);
    world_need(backup, world_add_object(world, OBJECT_MANIFEST, key));
    for (int64_t n = random_from(&world->random, 1, 3); n > 0; n--)
        world_need(backup, world_add_segment(world));
    /* What has not changed is where it was. */
    int before = world_newest(world, BACKUP_CLASS_COUNT, true);
    for (int i = 1; before != NOBODY && i < world->backups[before].n_objects; i++) {
        int object = world->backups[before].objects[i];
        if (world->objects[object].exists && random_hits(&world->random, 60))
            world_need(backup, object);
    }
}

static inline void world_base(struct world *world, struct world_backup *backup, int base)
{
    backup->base = base;
    memcpy(backup->facts.base, world->backups[base].facts.backup, BACKUP_BYTES);
}

#endif
