/*
 * One history of a world, and what must hold in it whatever happens. world_live() returns what was broken, or NULL.
 *
 * - Nothing before its date: no backup goes, or is condemned, while its last date is not over on the wall of its zone.
 * - 72 hours: nothing goes that was not condemned so long before, by the true time.
 * - Gone by date + 96 h: what nothing keeps is gone by then, if the pruner ran every 12 hours, unstopped.
 * - Reference closure: no object and no base goes, or is condemned, before the commits that need it.
 * - Floors: of the honest fulls of a set three stay, and one of each class; forged ones take no place.
 * - Holds: what is held does not go.
 * - At most a fifth at once, unless a person confirms.
 * - Doubt: nothing goes while a small or much changed backup waits for a person; what that one said is heard, and no
 *   other backup is doubted.
 * - Idempotent: a run right after a whole one does nothing.
 * - Nothing deleted reappears: a commit that is put back has no more rights than garbage.
 * - Adding shortens nothing: with one backup more, none ends earlier or is kept less, but by the floors.
 */
#ifndef VEDETTE_PRUNE_HISTORY_H
#define VEDETTE_PRUNE_HISTORY_H

#include "tests/prune/world.h"

#define GRACE_S (96 * HOUR_S)

/* What may happen in a history. */
struct world_plan {
    enum backup_class daily;
    bool differentials; /* weekly fulls and daily differentials */
    bool forges, skews, crashes, doubts, holds;
    int misses_percent, days;
    int64_t least_gap_s, most_gap_s; /* between runs of the pruner */
};

static inline bool world_is_full(const struct world_backup *backup)
{
    return backup->base == NOBODY && backup->facts.class != BACKUP_CLASS_DIFFERENTIAL &&
           backup->facts.class != BACKUP_CLASS_ACCESS;
}

static inline bool world_same_set(const struct world_backup *one, const struct world_backup *other)
{
    bool files = one->facts.class <= BACKUP_CLASS_WEEKLY;
    return files ? other->facts.class <= BACKUP_CLASS_WEEKLY : one->facts.class == other->facts.class;
}

/* Newer and honest beats older; whatever is honest beats what is forged; of the forged ones nothing is asked. */
static inline bool world_beats(const struct world_backup *one, const struct world_backup *other)
{
    if (!one->exists || !one->facts.verified || one->sort != SORT_HONEST)
        return false;
    return other->sort != SORT_HONEST || one->facts.stored_s > other->facts.stored_s;
}

static inline bool world_on_floor(const struct world *world, const struct world_backup *backup)
{
    int better_fulls = 0, better_of_class = 0;
    if (!backup->facts.verified)
        return false;
    for (int i = 0; i < world->n_backups; i++) {
        const struct world_backup *other = &world->backups[i];
        better_fulls += world_is_full(other) && world_same_set(other, backup) && world_beats(other, backup);
        better_of_class += other->facts.class == backup->facts.class && world_beats(other, backup);
    }
    return (world_is_full(backup) && better_fulls < 3) || !better_of_class;
}

static inline bool world_held(const struct world *world, const struct world_backup *backup)
{
    return world->now_s >= backup->held_from_s && world->now_s < backup->held_to_s;
}

static inline bool world_needed(const struct world *world, int which)
{
    for (int i = 0; i < world->n_backups; i++) {
        if (world->backups[i].exists && world->backups[i].base == which)
            return true;
    }
    return false;
}

/* What the pruner is given */

struct world_view {
    struct catalogue catalogue;
    struct catalogue_object objects[WORLD_OBJECTS];
    struct catalogue_commit commits[WORLD_BACKUPS];
    struct retention_backup backups[WORLD_BACKUPS];
    size_t ends[WORLD_BACKUPS];
    uint32_t needs[WORLD_BACKUPS * WORLD_NEEDS];
    int object_of[WORLD_OBJECTS], backup_of[WORLD_BACKUPS], place_of[WORLD_OBJECTS];
    struct prune_rules rules;
    struct prune_mark marks[3 * WORLD_BACKUPS];
};

static inline void world_view_objects(const struct world *world, struct world_view *view)
{
    struct catalogue *catalogue = &view->catalogue;
    for (int i = 0; i < world->n_objects; i++) {
        if (!world->objects[i].exists || world->objects[i].kind != OBJECT_SEGMENT)
            continue;
        view->place_of[i] = (int)catalogue->n_objects;
        view->object_of[catalogue->n_objects] = i;
        struct catalogue_object *object = &view->objects[catalogue->n_objects++];
        *object = (struct catalogue_object){ .bytes = 1000, .kind = OBJECT_SEGMENT };
        memcpy(object->key, world->objects[i].key, SHA256_BYTES);
    }
    /* Manifests, in the order of their backups' names; also of those whose commit is gone. */
    for (int n = 0; n < world->n_backups; n++) {
        const struct world_backup *backup = &world->backups[world->by_name[n]];
        int i = backup->n_objects ? backup->objects[0] : NOBODY;
        if (i == NOBODY || !world->objects[i].exists)
            continue;
        view->place_of[i] = (int)catalogue->n_objects;
        view->object_of[catalogue->n_objects] = i;
        struct catalogue_object *object = &view->objects[catalogue->n_objects++];
        *object = (struct catalogue_object){ .bytes = 10, .kind = OBJECT_MANIFEST };
        memcpy(object->key, world->objects[i].key, SHA256_BYTES);
    }
    catalogue->stored_bytes = 1000 * catalogue->n_objects;
}

static inline void world_mark(struct world_view *view, enum prune_mark_kind kind, const struct world_backup *backup)
{
    struct prune_mark *mark = &view->marks[view->rules.n_marks++];
    *mark = (struct prune_mark){ .kind = kind, .agent = 1 };
    memcpy(mark->name, backup->facts.backup, BACKUP_BYTES);
}

static inline void world_look(const struct world *world, struct world_view *view)
{
    struct catalogue *catalogue = &view->catalogue;
    *catalogue = (struct catalogue){ .agent = 1,
        .objects = view->objects,
        .commits = view->commits,
        .backups = view->backups,
        .ends = view->ends,
        .needs = view->needs };
    view->rules = (struct prune_rules){ .retention = *world->rules, .marks = view->marks };
    world_view_objects(world, view);
    for (int n = 0; n < world->n_backups; n++) {
        const struct world_backup *backup = &world->backups[world->by_name[n]];
        if (!backup->exists)
            continue;
        for (int i = 0; i < backup->n_objects; i++) {
            if (world->objects[backup->objects[i]].exists)
                view->needs[catalogue->n_needs++] = (uint32_t)view->place_of[backup->objects[i]];
        }
        memcpy(view->commits[catalogue->n_commits++].backup, backup->facts.backup, BACKUP_BYTES);
        view->backup_of[catalogue->n_backups] = world->by_name[n];
        view->ends[catalogue->n_backups] = catalogue->n_needs;
        view->backups[catalogue->n_backups++] = backup->facts;
        if (world_held(world, backup))
            world_mark(view, PRUNE_HOLD, backup);
        if (backup->accepted)
            world_mark(view, PRUNE_ACCEPT, backup);
        if (backup->distrusted)
            world_mark(view, PRUNE_DISTRUST, backup);
    }
}

/* What must hold */

static inline void world_delete_backup(struct world *world, int which)
{
    struct world_backup *backup = &world->backups[which];
    if (world->now_s < backup->ends_s)
        WORLD_BREAK(world, "before its date: class %d slot %ld, %ld s early", backup->facts.class,
            (long)backup->facts.slot, (long)(backup->ends_s - world->now_s));
    if (world_held(world, backup))
        WORLD_BREAK(world, "held, and gone");
    if (world_needed(world, which))
        WORLD_BREAK(world, "reference closure: a base before what needs it");
    if (backup->sort == SORT_HONEST && world_on_floor(world, backup))
        WORLD_BREAK(world, "floors: one of the newest fulls, or the last of class %d", backup->facts.class);
    backup->exists = false;
    backup->ever_deleted = true;
    backup->deleted_s = world->now_s;
}

static inline void world_delete_object(struct world *world, int which)
{
    for (int i = 0; i < world->n_backups; i++) {
        const struct world_backup *backup = &world->backups[i];
        for (int n = 0; backup->exists && n < backup->n_objects; n++) {
            if (backup->objects[n] == which)
                WORLD_BREAK(world, "reference closure: an object before the commits that list it");
        }
    }
    if (!world->objects[which].condemned_s || world->now_s - world->objects[which].condemned_s < world->least_s)
        WORLD_BREAK(world, "72 hours: an object");
    world->objects[which].exists = false;
}

/* At each run: what is free since when, and whether anything is there that should have gone. */
static inline void world_check_gone(struct world *world)
{
    for (int i = 0; i < world->n_backups; i++) {
        struct world_backup *backup = &world->backups[i];
        if (!backup->exists)
            continue;
        if (world->now_s < backup->ends_s || world_held(world, backup) || world_on_floor(world, backup) ||
            world_needed(world, i))
            backup->free_s = world->now_s;
        int64_t since_s = backup->free_s > world->smooth_s ? backup->free_s : world->smooth_s;
        if (world->now_s - since_s > world->grace_s)
            WORLD_BREAK(world, "gone by date + 96 h: class %d slot %ld sort %d, %ld h", backup->facts.class,
                (long)backup->facts.slot, backup->sort, (long)((world->now_s - since_s) / HOUR_S));
    }
}

/* Ends are those of people's calendars, to the second; and what is kept is not condemned, nor what it needs. */
static inline void world_check_plan(struct world *world, const struct world_view *view, const struct prune_plan *plan)
{
    for (size_t i = 0; i < view->catalogue.n_backups; i++) {
        const struct world_backup *backup = &world->backups[view->backup_of[i]];
        const struct retention_verdict *verdict = &plan->verdicts[i];
        if (verdict->ends_s < backup->ends_s)
            WORLD_BREAK(world, "nothing before its date: an end %ld s early", (long)(backup->ends_s - verdict->ends_s));
        if (verdict->needed_by == SIZE_MAX && verdict->ends_s != backup->ends_s)
            WORLD_BREAK(world, "gone by date + 96 h: an end %ld s late", (long)(verdict->ends_s - backup->ends_s));
        if (plan->steps[i] == RETENTION_CONDEMN && !world->clock_off_s && world->now_s < backup->ends_s)
            WORLD_BREAK(world, "nothing before its date: condemned");
        if (plan->steps[i] != RETENTION_KEEP)
            continue;
        for (size_t n = i ? view->ends[i - 1] : 0; n < view->ends[i]; n++) {
            if (plan->objects[view->needs[n]] != RETENTION_KEEP)
                WORLD_BREAK(world, "reference closure: an object of a kept backup is condemned");
        }
        size_t base = *backup->facts.base ? retention_find(view->backups, view->catalogue.n_backups, backup->facts.base)
                                          : SIZE_MAX;
        if (base != SIZE_MAX && plan->steps[base] != RETENTION_KEEP)
            WORLD_BREAK(world, "reference closure: the base of a kept backup is condemned");
        if (base != SIZE_MAX && plan->verdicts[base].ends_s < verdict->ends_s)
            WORLD_BREAK(world, "reference closure: a base ends before what needs it");
    }
}

/* At the end: what was listed only by what is gone. */
static inline void world_check_garbage(struct world *world)
{
    static bool listed[WORLD_OBJECTS];
    int64_t settled_s = world->end_s - GRACE_S - 12 * HOUR_S;
    memset(listed, 0, sizeof(listed));
    for (int i = 0; i < world->n_backups; i++) {
        const struct world_backup *backup = &world->backups[i];
        for (int n = 0; (backup->exists || backup->deleted_s > settled_s) && n < backup->n_objects; n++)
            listed[backup->objects[n]] = true;
    }
    for (int i = 0; i < world->n_objects && world->smooth_s < settled_s; i++) {
        if (world->objects[i].exists && !listed[i])
            WORLD_BREAK(world, "gone by date + 96 h: an object that no commit lists");
    }
}

/* The same catalogue with one backup more: a forged one moves nothing; an honest one at most the floors. */
static inline void world_check_adding(
    struct world *world, struct world_view *view, const struct prune_plan *plan, int64_t now_s)
{
    static struct retention_backup more[WORLD_BACKUPS + 1];
    static struct retention_verdict verdicts[WORLD_BACKUPS + 1];
    size_t count = view->catalogue.n_backups, at = 0;
    struct random dice = { world->random.state ^ (uint64_t)now_s };
    if (!count)
        return;
    struct retention_backup added = view->backups[random_from(&dice, 0, (int64_t)count - 1)];
    bool forged = random_hits(&dice, 60);
    snprintf(added.backup, sizeof(added.backup), "%016lx%016lx", (long)random_next(&dice), (long)random_next(&dice));
    added.accepted = added.held = false;
    added.weight = RETENTION_UNWEIGHED;
    added.condemned_s = 0;
    added.class = (enum backup_class)random_from(&dice, 0, BACKUP_CLASS_COUNT - 1);
    added.stored_s = now_s;
    added.slot = now_s / 86400 + (forged ? random_from(&dice, 2, 900) * (random_hits(&dice, 50) ? 1 : -2) : 0);
    added.kept_until = added.slot + random_from(&dice, 0, 200);
    memcpy(added.base, view->backups[random_from(&dice, 0, (int64_t)count - 1)].backup, BACKUP_BYTES);
    if (random_hits(&dice, 70))
        added.base[0] = '\0';
    while (at < count && strcmp(view->backups[at].backup, added.backup) < 0)
        at++;
    memcpy(more, view->backups, at * sizeof(*more));
    more[at] = added;
    memcpy(more + at + 1, view->backups + at, (count - at) * sizeof(*more));
    if (retention_judge(more, count + 1, &view->rules.retention, now_s, verdicts))
        abort();
    for (size_t i = 0; i < count; i++) {
        const struct retention_verdict *before = &plan->verdicts[i], *after = &verdicts[i + (i >= at)];
        bool floor = before->why >= RETENTION_BASE; /* or kept for one that is on a floor */
        bool equal = before->weight != RETENTION_COUNTS && view->backups[i].stored_s / 86400 == now_s / 86400;
        if (after->ends_s < before->ends_s)
            WORLD_BREAK(world, "adding shortens nothing: an end");
        if (before->why != RETENTION_DUE && after->why == RETENTION_DUE && ((forged && !equal) || !floor))
            WORLD_BREAK(world, "adding shortens nothing: kept as %s before", retention_why_words[before->why]);
    }
}

/* Nothing may be left to do where all was done. */
static inline void world_check_idempotent(struct world *world, struct world_view *view, int64_t now_s)
{
    struct prune_plan plan;
    world_look(world, view);
    if (prune_plan_make(&view->catalogue, &world->memory, &view->rules, now_s, &plan, NULL))
        abort();
    for (size_t i = 0; i < view->catalogue.n_backups; i++) {
        if (plan.steps[i] == RETENTION_DELETE || plan.steps[i] == RETENTION_CONDEMN)
            WORLD_BREAK(world, "idempotent: a backup");
    }
    for (size_t i = 0; i < view->catalogue.n_objects; i++) {
        if (plan.objects[i] == RETENTION_DELETE || plan.objects[i] == RETENTION_CONDEMN)
            WORLD_BREAK(world, "idempotent: an object");
    }
    prune_plan_free(&plan);
}

/* The pruner */

static inline void world_remember(struct world *world, struct world_view *view, struct prune_plan *plan)
{
    for (size_t i = 0; i < view->catalogue.n_objects; i++) {
        struct world_object *object = &world->objects[view->object_of[i]];
        if (plan->objects[i] == RETENTION_KEEP)
            object->condemned_s = 0;
        if (plan->objects[i] == RETENTION_CONDEMN)
            object->condemned_s = world->now_s;
    }
    for (size_t i = 0; i < view->catalogue.n_backups; i++) {
        struct world_backup *backup = &world->backups[view->backup_of[i]];
        if (plan->steps[i] == RETENTION_KEEP)
            backup->facts.condemned_s = 0;
        if (plan->steps[i] == RETENTION_CONDEMN)
            backup->facts.condemned_s = world->now_s;
        if (plan->steps[i] == RETENTION_DELETE && world->now_s - backup->facts.condemned_s < world->least_s)
            WORLD_BREAK(
                world, "72 hours: a backup, after %ld h", (long)((world->now_s - backup->facts.condemned_s) / HOUR_S));
    }
    prune_memory_free(&world->memory);
    world->memory = plan->memory;
    plan->memory = (struct prune_memory){ 0 };
}

/* Commits, then objects; a kill may come before any of them. False: it came. */
static inline bool world_sweep(
    struct world *world, struct world_view *view, const struct prune_plan *plan, int64_t steps)
{
    for (size_t i = 0; i < plan->n_deleted; i++) {
        if (!steps--)
            return false;
        world_delete_backup(world, view->backup_of[plan->order[i]]);
    }
    for (size_t i = 0; i < view->catalogue.n_objects; i++) {
        if (plan->objects[i] != RETENTION_DELETE)
            continue;
        if (!steps--)
            return false;
        world_delete_object(world, view->object_of[i]);
    }
    return true;
}

/* A person looks at what stopped it. Whether it may go on at once: with a confirmed list. */
static inline bool world_ask(struct world *world, struct world_view *view, const struct prune_plan *plan)
{
    if (plan->stop == PRUNE_STOP_DOUBT) {
        struct world_backup *backup = &world->backups[view->backup_of[plan->doubtful]];
        if (backup->accepted || backup->distrusted)
            WORLD_BREAK(world, "doubt: of what a person has judged");
        if (backup->sort == SORT_HONEST && !backup->doubted)
            WORLD_BREAK(world, "doubt: of a backup like those before");
        if (random_hits(&world->schedule, 30)) {
            backup->accepted = backup->sort == SORT_HONEST;
            backup->distrusted = !backup->accepted;
        }
        return false;
    }
    return random_hits(&world->schedule, 60);
}

static inline bool world_is_doubtful(const struct world *world)
{
    for (int i = 0; i < world->n_backups; i++) {
        const struct world_backup *backup = &world->backups[i];
        if (backup->exists && backup->doubted && !backup->accepted)
            return true;
        if (backup->exists && backup->sort == SORT_EMPTY && backup->facts.class != BACKUP_CLASS_MANUAL &&
            backup->facts.class != BACKUP_CLASS_ACCESS && !backup->distrusted)
            return true;
    }
    return false;
}

/* By a clock that was set nobody knows how long something has been condemned. */
static inline void world_condemn_anew(struct world *world)
{
    world->memory.n_condemned = 0;
    world->smooth_s = world->now_s;
    for (int i = 0; i < world->n_objects; i++)
        world->objects[i].condemned_s = 0;
    for (int i = 0; i < world->n_backups; i++)
        world->backups[i].facts.condemned_s = 0;
}

static inline bool world_clock_is_good(struct world *world, int64_t wall_s)
{
    struct retention_clock now = { .wall_s = wall_s, .running_s = world->now_s - world->booted_s };
    snprintf(now.boot, sizeof(now.boot), "%u", world->boots);
    if (!*world->clock.boot && !world->n_backups)
        return true;
    int64_t newest_s = world->n_backups ? world->backups[world->n_backups - 1].facts.stored_s : 0;
    int64_t jump_s = *world->clock.boot ? retention_clock_jump_s(world->rules, &world->clock, &now)
                                        : retention_clock_first_jump_s(world->rules, newest_s, &now);
    /* A person who is asked sets a wrong clock right, and says so of a right one. */
    if (jump_s && world->clock_off_s) {
        if (random_hits(&world->schedule, 20))
            world->clock_off_s = 0;
        return false;
    }
    if (jump_s)
        world_condemn_anew(world);
    world->clock = now;
    return true;
}

static inline void world_prune(struct world *world, const struct world_plan *how)
{
    static struct world_view view;
    struct prune_plan plan;
    int64_t wall_s = world->now_s + world->clock_off_s;
    bool whole = false;
    if (world->now_s - world->ran_s > 12 * HOUR_S)
        world->smooth_s = world->now_s;
    if (world->clock_off_s < -(int64_t)HOUR_S) /* by a slow clock everything ends later */
        world->smooth_s = world->now_s;
    world->ran_s = world->now_s;
    world_check_gone(world);
    /* Somebody edits what the pruner remembers. */
    if (how->crashes && world->memory.n_condemned && random_hits(&world->schedule, 2)) {
        world->memory.condemned[random_from(&world->schedule, 0, (int64_t)world->memory.n_condemned - 1)].since_s =
            INT64_MAX;
        world->smooth_s = world->now_s;
    }
    if (!world_clock_is_good(world, wall_s)) {
        world->smooth_s = world->now_s;
        return;
    }
    world_look(world, &view);
    if (prune_plan_make(&view.catalogue, &world->memory, &view.rules, wall_s, &plan, NULL))
        abort();
    world_check_plan(world, &view, &plan);
    if (random_hits(&world->schedule, 10))
        world_check_adding(world, &view, &plan, wall_s);
    world_remember(world, &view, &plan);
    bool going = plan.stop == PRUNE_STOP_NONE || world_ask(world, &view, &plan);
    if (going && plan.stop == PRUNE_STOP_NONE && plan.n_deleted > 1 && plan.n_deleted * 5 > view.catalogue.n_backups)
        WORLD_BREAK(world, "at most a fifth at once: %zu of %zu", plan.n_deleted, view.catalogue.n_backups);
    if (going && plan.n_deleted && world_is_doubtful(world))
        WORLD_BREAK(world, "doubt: something went while an empty backup waited for a person");
    bool killed = how->crashes && random_hits(&world->schedule, 10);
    whole = going && world_sweep(world, &view, &plan, killed ? random_from(&world->schedule, 0, 6) : INT64_MAX);
    prune_plan_free(&plan);
    if (whole && random_hits(&world->schedule, 10))
        world_check_idempotent(world, &view, wall_s);
    if (!whole)
        world->smooth_s = world->now_s;
}

/* The agent, and who has taken it over */

/* The last full that a new one is compared with: none of which a person has yet to say that it is good. NULL: none. */
static inline const struct world_backup *world_before(const struct world *world, const struct world_backup *backup)
{
    for (int i = (int)(backup - world->backups) - 1; i >= 0; i--) {
        const struct world_backup *before = &world->backups[i];
        bool sure = before->sort == SORT_HONEST && before->facts.verified && (!before->doubted || before->accepted);
        if (before->exists && sure && world_is_full(before) && world_same_set(before, backup))
            return before;
    }
    return NULL;
}

static inline void world_doubt(struct world *world, struct world_backup *backup, const struct world_backup *before)
{
    bool full = backup->base == NOBODY && backup->facts.class != BACKUP_CLASS_DIFFERENTIAL;
    backup->doubted = true;
    if (full && before->facts.content_bytes > 50000 && random_hits(&world->random, 50))
        backup->facts.content_bytes = backup->facts.live_bytes = 20000;
    else
        backup->facts.changed_files = 700;
}

/* Its last date is one that the commit says, and not the class's. */
static inline void world_keep_until(const struct world *world, struct world_backup *backup, int64_t kept_until)
{
    int64_t by_rule = world_kept_until(backup->facts.class, backup->facts.slot);
    int64_t until = kept_until > by_rule ? kept_until : by_rule, most = world->now_s / 86400 + RETENTION_DAYS_MAX;
    backup->facts.kept_until = kept_until;
    backup->ends_s = world_date_end_s(until < most ? until : most, world->zone);
    backup->free_s = backup->ends_s > world->now_s ? backup->ends_s : world->now_s;
}

static inline void world_back_up(struct world *world, const struct world_plan *how)
{
    static const int weekly_full_day = 4; /* 1970-01-05 was a Monday */
    int64_t slot = world_today(world);
    int full = world_newest(world, BACKUP_CLASS_COUNT, true);
    enum backup_class class = how->daily;
    if (class == BACKUP_CLASS_DAILY &&
        (full == NOBODY || slot - (slot - weekly_full_day) % 7 > world->backups[full].facts.slot))
        class = BACKUP_CLASS_WEEKLY;
    else if (class == BACKUP_CLASS_DAILY && how->differentials && random_hits(&world->random, 85))
        class = BACKUP_CLASS_DIFFERENTIAL;
    if (how->daily == BACKUP_CLASS_DAILY && random_hits(&world->random, 5)) /* by hand, instead */
        class = BACKUP_CLASS_MANUAL;
    struct world_backup *backup = world_add(world, class, slot, SORT_HONEST);
    if (!backup)
        return;
    if (class == BACKUP_CLASS_DIFFERENTIAL)
        world_base(world, backup, full);
    if (class == BACKUP_CLASS_SERVER) /* what it writes of itself is new each time */
        backup->facts.changed_files = backup->facts.files;
    world_store(world, backup);
    const struct world_backup *before = world_before(world, backup);
    if (how->doubts && before && class != BACKUP_CLASS_MANUAL && random_hits(&world->random, 3))
        world_doubt(world, backup, before);
    if (random_hits(&world->random, 5))
        world_keep_until(world, backup,
            backup->facts.kept_until + random_from(&world->random, 1, class == BACKUP_CLASS_DIFFERENTIAL ? 120 : 20));
    if (how->holds && random_hits(&world->random, 10)) {
        backup->held_from_s = world->now_s;
        backup->held_to_s =
            world->now_s + random_from(&world->random, 1, random_hits(&world->random, 25) ? 150 : 60) * 86400;
        if (backup->held_to_s > world->end_s - 10 * (int64_t)86400)
            backup->held_to_s = world->end_s - 10 * (int64_t)86400;
    }
}

static inline void world_replay(struct world *world)
{
    for (int i = 0; i < world->n_backups; i++) {
        struct world_backup *backup = &world->backups[i];
        if (backup->exists || !backup->ever_deleted || !random_hits(&world->random, 20))
            continue;
        backup->exists = true;
        backup->sort = SORT_REPLAY;
        backup->facts.stored_s = world->now_s;
        backup->free_s = world->now_s;
        backup->facts.condemned_s = 0;
        for (int n = 0; n < backup->n_objects; n++)
            world->objects[backup->objects[n]].exists = true;
        return;
    }
}

/* Whether the agent's plan has made a full since then, of which nobody is in doubt. */
static inline bool world_has_honest(const struct world *world, const struct world_plan *how, int64_t since_s)
{
    for (int i = 0; i < world->n_backups; i++) {
        const struct world_backup *backup = &world->backups[i];
        bool by_plan = (backup->facts.class == BACKUP_CLASS_MANUAL) == (how->daily == BACKUP_CLASS_MANUAL);
        if (by_plan && backup->sort == SORT_HONEST && world_is_full(backup) && backup->facts.verified &&
            (!backup->doubted || backup->accepted) && backup->facts.stored_s >= since_s)
            return true;
    }
    return false;
}

/* It says that there is next to nothing in it, or says more than there is. */
static inline void world_empty(struct world *world, struct world_backup *backup)
{
    uint64_t bytes = (uint64_t)random_from(&world->random, 0, 999);
    int64_t which = random_from(&world->random, 0, 2);
    if (which != 0)
        backup->facts.content_bytes = bytes;
    if (which != 1)
        backup->facts.live_bytes = bytes;
}

static inline void world_forge(struct world *world, const struct world_plan *how)
{
    enum world_sort sort = (enum world_sort)random_from(&world->random, SORT_LATE, SORT_FOREIGN);
    int64_t today = world_today(world), slot = today;
    if (sort == SORT_LATE)
        slot += random_hits(&world->random, 50) ? random_from(&world->random, 3, 400)
                                                : -random_from(&world->random, 5, 400);
    if ((sort == SORT_SECOND && !world_has_honest(world, how, world->now_s / 86400 * 86400)) ||
        (sort == SORT_EMPTY && !world_has_honest(world, how, 0)))
        sort = SORT_FOREIGN;
    static const enum backup_class of_plan[] = { BACKUP_CLASS_DAILY, BACKUP_CLASS_DIFFERENTIAL, BACKUP_CLASS_WEEKLY };
    enum backup_class class =
        how->daily == BACKUP_CLASS_DAILY ? of_plan[random_from(&world->random, 0, 2)] : how->daily;
    /* What is much too small for a full may be a good differential, and a day has place for one of each. */
    if ((sort == SORT_EMPTY || sort == SORT_SECOND) && class == BACKUP_CLASS_DIFFERENTIAL)
        class = BACKUP_CLASS_DAILY;
    struct world_backup *backup = world_add(world, class, slot, sort);
    if (!backup)
        return;
    if (sort == SORT_EMPTY)
        world_empty(world, backup);
    if (random_hits(&world->random, 30))
        world_keep_until(world, backup, slot + random_from(&world->random, -400, 0));
    else if (random_hits(&world->random, 5))
        world_keep_until(world, backup, slot + 100000);
    world_store(world, backup);
}

/* Steps of seconds to ten years, both ways, with and without a restart; now and then set right by itself. */
static inline void world_skew(struct world *world)
{
    static const int64_t steps_s[] = { 50, 1800, 2 * HOUR_S, 20 * HOUR_S, 3 * 86400, 40 * 86400,
        3650 * (int64_t)86400 };
    if (random_hits(&world->schedule, 50)) {
        world->boots++;
        world->booted_s = random_from(&world->schedule, world->ran_s, world->now_s);
    }
    if (world->clock_off_s)
        world->clock_off_s = 0;
    else
        world->clock_off_s =
            steps_s[random_from(&world->schedule, 0, 6)] * (random_hits(&world->schedule, 50) ? 1 : -1);
}

static inline const char *world_live(struct world *world, const struct world_plan *how)
{
    int64_t next_run_s = world->now_s, tomorrow_s = world->now_s;
    while (world->now_s < world->end_s && !*world->broken) {
        int64_t left_s = world->end_s - world->now_s;
        bool plan_on = left_s > 40 * (int64_t)86400, prompt = left_s < 14 * (int64_t)86400;
        if (world->now_s >= tomorrow_s) {
            tomorrow_s += 86400;
            if (plan_on && !random_hits(&world->random, how->misses_percent))
                world_back_up(world, how);
        } else if (how->forges && random_hits(&world->random, 3)) {
            if (random_hits(&world->random, 85))
                world_forge(world, how);
            else
                world_replay(world);
        }
        if (world->now_s >= next_run_s) {
            if (how->skews && random_hits(&world->schedule, 4))
                world_skew(world);
            world_prune(world, how);
            int64_t gap_s = random_from(&world->schedule, how->least_gap_s, how->most_gap_s);
            next_run_s = world->now_s + (prompt && gap_s > 10 * HOUR_S ? 10 * HOUR_S : gap_s);
        }
        world->now_s += random_from(&world->random, HOUR_S / 2, 2 * HOUR_S);
    }
    if (!*world->broken)
        world_check_garbage(world);
    return *world->broken ? world->broken : NULL;
}

#endif
