/* Reading one agent's repository as the rules want it, with what is remembered of it: the beginning of each run, and
 * preview. */
#ifndef VEDETTE_CLI_PRUNE_REPOSITORY_H
#define VEDETTE_CLI_PRUNE_REPOSITORY_H

#include "cli/prune/plan.h"
#include "cli/prune/state.h"

struct problem;
struct target;
struct zones;

/* A catalogue and the plan for it. */
struct prune_repository {
    struct catalogue catalogue;
    struct prune_memory memory; /* as it was */
    struct prune_plan plan;
};
void prune_repository_free(struct prune_repository *);

/* How a repository is looked at. */
struct prune_view {
    const struct prune_rules *rules;
    struct zones *zones;             /* what is read borrows from them */
    const struct prune_state *state; /* NULL: nothing is remembered */
    int64_t now_s;
};
int prune_repository_read(
    struct target *, uint32_t agent, const struct prune_view *, struct prune_repository *ret, struct problem *);

#endif
