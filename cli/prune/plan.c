#include "cli/prune/plan.h"

#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/repository/retention_stop.h"

const char *const prune_stop_words[PRUNE_STOP_COUNT] = {
    [PRUNE_STOP_NONE] = "",
    [PRUNE_STOP_DOUBT] = "doubtful-backup",
    [PRUNE_STOP_MANY] = "many-backups",
    [PRUNE_STOP_MUCH] = "much-garbage",
};

/* Of an object. */
enum {
    LISTED = 1,  /* by any commit */
    NEEDED = 2,  /* by one that is not due */
    STAYING = 4, /* by one that this run does not delete */
};

struct planning {
    struct catalogue *catalogue;
    const struct prune_memory *memory;
    const struct prune_rules *rules;
    int64_t now_s;
    struct prune_plan *plan;
    size_t *base, *needed_by; /* of a backup to delete: how many others, to delete as well, are based on it */
    uint8_t *marks;           /* of objects */
};

void prune_plan_free(struct prune_plan *plan)
{
    free(plan->verdicts);
    free(plan->steps);
    free(plan->objects);
    free(plan->unread);
    free(plan->order);
    prune_memory_free(&plan->memory);
    *plan = (struct prune_plan){ 0 };
}

static int64_t since(const struct planning *planning, enum object kind, const char *backup)
{
    uint8_t key[SHA256_BYTES];
    catalogue_manifest_key(backup, key);
    return prune_memory_since(planning->memory, kind, key);
}

static void mark_backups(const struct planning *planning)
{
    uint32_t agent = planning->catalogue->agent;
    for (size_t i = 0; i < planning->catalogue->n_backups; i++) {
        struct retention_backup *backup = &planning->catalogue->backups[i];
        backup->held = prune_rules_mark(planning->rules, PRUNE_HOLD, agent, backup->backup);
        backup->accepted = prune_rules_mark(planning->rules, PRUNE_ACCEPT, agent, backup->backup);
        backup->weight = prune_rules_mark(planning->rules, PRUNE_DISTRUST, agent, backup->backup)
                             ? RETENTION_PASSED
                             : prune_memory_weight(planning->memory, backup->backup);
        backup->condemned_s = since(planning, OBJECT_COMMIT, backup->backup);
    }
}

static void step_backups(const struct planning *planning)
{
    for (size_t i = 0; i < planning->catalogue->n_backups; i++)
        planning->plan->steps[i] =
            retention_step(&planning->rules->retention, planning->plan->verdicts[i].why == RETENTION_DUE,
                planning->catalogue->backups[i].condemned_s, planning->now_s);
}

/* A base waits for the last that needs it, even if the memory has it condemned for longer. */
static void wait_for_needy(const struct planning *planning)
{
    enum retention_step *steps = planning->plan->steps;
    for (size_t i = 0; i < planning->catalogue->n_backups; i++) {
        if (steps[i] == RETENTION_DELETE)
            continue;
        for (size_t base = planning->base[i]; base != SIZE_MAX && steps[base] == RETENTION_DELETE;
             base = planning->base[base])
            steps[base] = RETENTION_WAIT;
    }
}

static void mark_objects(const struct planning *planning)
{
    const struct catalogue *catalogue = planning->catalogue;
    for (size_t i = 0, at = 0; i < catalogue->n_backups; i++) {
        uint8_t marks = LISTED;
        if (planning->plan->verdicts[i].why != RETENTION_DUE)
            marks |= NEEDED;
        if (planning->plan->steps[i] != RETENTION_DELETE)
            marks |= STAYING;
        for (; at < catalogue->ends[i]; at++)
            planning->marks[catalogue->needs[at]] |= marks;
    }
}

/* Unread commits stay until a person discards them; whether any does. */
static bool step_unread(const struct planning *planning)
{
    const struct catalogue *catalogue = planning->catalogue;
    bool any_stays = false;
    for (size_t i = 0; i < catalogue->n_unread; i++) {
        const char *backup = catalogue->unread[i].backup;
        bool discarded = prune_rules_mark(planning->rules, PRUNE_DISCARD, catalogue->agent, backup);
        planning->plan->unread[i] = retention_step(
            &planning->rules->retention, discarded, since(planning, OBJECT_COMMIT, backup), planning->now_s);
        any_stays |= !discarded;
    }
    return any_stays;
}

/* What only an unread commit lists looks like garbage: while there is one, nothing is. */
static void step_objects(const struct planning *planning, bool any_unread)
{
    const struct catalogue *catalogue = planning->catalogue;
    struct prune_plan *plan = planning->plan;
    for (size_t i = 0; i < catalogue->n_objects; i++) {
        const struct catalogue_object *object = &catalogue->objects[i];
        bool due = !any_unread && !(planning->marks[i] & NEEDED);
        enum retention_step step = retention_step(&planning->rules->retention, due,
            prune_memory_since(planning->memory, object->kind, object->key), planning->now_s);
        plan->objects[i] = step == RETENTION_DELETE && planning->marks[i] & STAYING ? RETENTION_WAIT : step;
        if (plan->objects[i] != RETENTION_DELETE)
            continue;
        plan->deleted_bytes += object->bytes;
        if (!(planning->marks[i] & LISTED)) {
            plan->n_garbage++;
            plan->garbage_bytes += object->bytes;
        }
    }
}

/* Those that nothing needs first, then their bases. Bases in a ring, which only a forger makes, come last. */
static void order_deletions(const struct planning *planning)
{
    const enum retention_step *steps = planning->plan->steps;
    size_t *order = planning->plan->order, count = planning->catalogue->n_backups, n = 0;
    for (size_t i = 0; i < count; i++) {
        if (steps[i] == RETENTION_DELETE && planning->base[i] != SIZE_MAX)
            planning->needed_by[planning->base[i]]++;
    }
    for (size_t i = 0; i < count; i++) {
        if (steps[i] == RETENTION_DELETE && !planning->needed_by[i])
            order[n++] = i;
    }
    for (size_t i = 0; i < n; i++) {
        size_t base = planning->base[order[i]];
        if (base != SIZE_MAX && steps[base] == RETENTION_DELETE && !--planning->needed_by[base])
            order[n++] = base;
    }
    for (size_t i = 0; i < count; i++) {
        if (steps[i] == RETENTION_DELETE && planning->needed_by[i])
            order[n++] = i;
    }
    planning->plan->n_deleted = n;
}

static void find_stop(const struct planning *planning)
{
    const struct catalogue *catalogue = planning->catalogue;
    const struct retention_rules *rules = &planning->rules->retention;
    struct prune_plan *plan = planning->plan;
    if (retention_is_much(rules, plan->garbage_bytes, catalogue->stored_bytes))
        plan->stop = PRUNE_STOP_MUCH;
    if (retention_is_many(rules, plan->n_deleted, catalogue->n_backups))
        plan->stop = PRUNE_STOP_MANY;
    for (size_t i = 0; i < catalogue->n_backups && plan->stop != PRUNE_STOP_DOUBT; i++) {
        /* What people back up by hand follows no plan: other folders have other sizes. */
        if (plan->verdicts[i].weight > RETENTION_PASSED && catalogue->backups[i].class != BACKUP_CLASS_MANUAL) {
            plan->stop = PRUNE_STOP_DOUBT;
            plan->doubtful = i;
        }
    }
}

/* The hash of what would go: a word for another list does not fit. */
static void make_confirm(const struct planning *planning)
{
    const struct catalogue *catalogue = planning->catalogue;
    const struct prune_plan *plan = planning->plan;
    uint8_t hash[SHA256_BYTES], parts[2 * SHA256_BYTES] = { 0 };
    char hex[HEX_BYTES(SHA256_BYTES)];
    memcpy(parts, &catalogue->agent, sizeof(catalogue->agent));
    crypto_sha256(parts, sizeof(parts), hash);
    for (size_t i = 0; i < plan->n_deleted; i++) {
        memcpy(parts, hash, SHA256_BYTES);
        catalogue_manifest_key(catalogue->backups[plan->order[i]].backup, parts + SHA256_BYTES);
        crypto_sha256(parts, sizeof(parts), hash);
    }
    for (size_t i = 0; i < catalogue->n_objects; i++) {
        if (plan->objects[i] != RETENTION_DELETE)
            continue;
        memcpy(parts, hash, SHA256_BYTES);
        memcpy(parts + SHA256_BYTES, catalogue->objects[i].key, SHA256_BYTES);
        crypto_sha256(parts, sizeof(parts), hash);
    }
    crypto_hex(hash, SHA256_BYTES, hex);
    memcpy(planning->plan->confirm, hex, PRUNE_CONFIRM_BYTES - 1);
}

static int remember(const struct planning *planning, enum object kind, const uint8_t *key, enum retention_step step)
{
    if (step == RETENTION_KEEP)
        return 0;
    int64_t since_s = step == RETENTION_CONDEMN ? planning->now_s : prune_memory_since(planning->memory, kind, key);
    return prune_memory_condemn(&planning->plan->memory, kind, key, since_s);
}

static int remember_commit(const struct planning *planning, const char *backup, enum retention_step step)
{
    uint8_t key[SHA256_BYTES];
    catalogue_manifest_key(backup, key);
    return remember(planning, OBJECT_COMMIT, key, step);
}

/* In the order of kinds and keys; backups and unread commits together are in that of their names. */
static int remember_all(const struct planning *planning)
{
    const struct catalogue *catalogue = planning->catalogue;
    const struct prune_plan *plan = planning->plan;
    for (size_t i = 0; i < catalogue->n_objects; i++) {
        if (remember(planning, catalogue->objects[i].kind, catalogue->objects[i].key, plan->objects[i]))
            return -1;
    }
    for (size_t i = 0, good = 0, bad = 0; i < catalogue->n_commits; i++) {
        const char *backup = catalogue->commits[i].backup;
        bool is_unread = bad < catalogue->n_unread && !strcmp(catalogue->unread[bad].backup, backup);
        if (remember_commit(planning, backup, is_unread ? plan->unread[bad++] : plan->steps[good++]))
            return -1;
    }
    for (size_t i = 0; i < catalogue->n_backups; i++) {
        if (plan->verdicts[i].weight != RETENTION_UNWEIGHED &&
            prune_memory_weigh(&planning->plan->memory, catalogue->backups[i].backup, plan->verdicts[i].weight))
            return -1;
    }
    return 0;
}

static int take_steps(const struct planning *planning)
{
    const struct catalogue *catalogue = planning->catalogue;
    mark_backups(planning);
    if (retention_judge(catalogue->backups, catalogue->n_backups, &planning->rules->retention, planning->now_s,
            planning->plan->verdicts))
        return -1;
    for (size_t i = 0; i < catalogue->n_backups; i++) {
        const char *base = catalogue->backups[i].base;
        planning->base[i] = *base ? retention_find(catalogue->backups, catalogue->n_backups, base) : SIZE_MAX;
    }
    step_backups(planning);
    wait_for_needy(planning);
    mark_objects(planning);
    step_objects(planning, step_unread(planning));
    order_deletions(planning);
    find_stop(planning);
    make_confirm(planning);
    return remember_all(planning);
}

/* Room for everything; calloc, so that what is not decided is kept. */
static int make_room(struct planning *planning)
{
    const struct catalogue *catalogue = planning->catalogue;
    struct prune_plan *plan = planning->plan;
    size_t backups = catalogue->n_backups + 1, objects = catalogue->n_objects + 1, unread = catalogue->n_unread + 1;
    plan->verdicts = calloc(backups, sizeof(*plan->verdicts));
    plan->steps = calloc(backups, sizeof(*plan->steps));
    plan->order = calloc(backups, sizeof(*plan->order));
    plan->objects = calloc(objects, sizeof(*plan->objects));
    plan->unread = calloc(unread, sizeof(*plan->unread));
    planning->base = calloc(backups, sizeof(*planning->base));
    planning->needed_by = calloc(backups, sizeof(*planning->needed_by));
    planning->marks = calloc(objects, sizeof(*planning->marks));
    return plan->verdicts && plan->steps && plan->order && plan->objects && plan->unread && planning->base &&
                   planning->needed_by && planning->marks
               ? 0
               : -1;
}

int prune_plan_make(struct catalogue *catalogue, const struct prune_memory *memory, const struct prune_rules *rules,
    int64_t now_s, struct prune_plan *ret, struct problem *problem)
{
    struct prune_plan plan = { 0 };
    struct planning planning = { catalogue, memory, rules, now_s, &plan, NULL, NULL, NULL };
    int error = make_room(&planning) || take_steps(&planning);
    free(planning.base);
    free(planning.needed_by);
    free(planning.marks);
    if (error) {
        prune_plan_free(&plan);
        return problem_set(problem, "no-memory", "", "no memory for a plan of %zu backups", catalogue->n_backups);
    }
    *ret = plan;
    return 0;
}
