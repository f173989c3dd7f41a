#include "cli/prune/sweep.h"

#include "cli/prune/state.h"
#include "lib/problem.h"
#include "lib/target/remove.h"

struct sweeping {
    struct target *target;
    const struct retention_rules *rules;
    const struct retention_clock *began;
    size_t removed;
    struct problem *problem;
};

static int take_away(struct sweeping *sweeping, const char *name)
{
    struct retention_clock now;
    if (prune_clock_observe(&now, sweeping->problem))
        return -1;
    int64_t jump_s = retention_clock_jump_s(sweeping->rules, sweeping->began, &now);
    if (jump_s)
        return problem_set(sweeping->problem, "clock-jumped", "", "the clock jumped by %+.1f hours while pruning",
            (double)jump_s / 3600);
    if (target_remove(sweeping->target, name, sweeping->problem))
        return -1;
    sweeping->removed++;
    return 0;
}

static int sweep_commits(struct sweeping *sweeping, const struct catalogue *catalogue, const struct prune_plan *plan)
{
    char name[OBJECT_NAME_BYTES];
    for (size_t i = 0; i < plan->n_deleted; i++) {
        name_of_backup(name, catalogue->agent, OBJECT_COMMIT, catalogue->backups[plan->order[i]].backup);
        if (take_away(sweeping, name))
            return -1;
    }
    for (size_t i = 0; i < catalogue->n_unread; i++) {
        name_of_backup(name, catalogue->agent, OBJECT_COMMIT, catalogue->unread[i].backup);
        if (plan->unread[i] == RETENTION_DELETE && take_away(sweeping, name))
            return -1;
    }
    return 0;
}

static int sweep_objects(struct sweeping *sweeping, const struct catalogue *catalogue, const struct prune_plan *plan)
{
    char name[OBJECT_NAME_BYTES];
    for (size_t i = 0; i < catalogue->n_objects; i++) {
        catalogue_name(catalogue, &catalogue->objects[i], name);
        if (plan->objects[i] == RETENTION_DELETE && take_away(sweeping, name))
            return -1;
    }
    return 0;
}

int prune_sweep(struct target *target, const struct catalogue *catalogue, const struct prune_plan *plan,
    const struct retention_rules *rules, const struct retention_clock *began, size_t *ret_removed,
    struct problem *problem)
{
    struct sweeping sweeping = { target, rules, began, 0, problem };
    int error = sweep_commits(&sweeping, catalogue, plan) || sweep_objects(&sweeping, catalogue, plan) ? -1 : 0;
    *ret_removed = sweeping.removed;
    return error;
}
