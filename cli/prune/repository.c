#include "cli/prune/repository.h"

#include "lib/repository/catalogue.h"

static bool trusts(void *arg, uint32_t agent, const char *signer)
{
    return prune_rules_signer(arg, agent, signer);
}

void prune_repository_free(struct prune_repository *repository)
{
    prune_plan_free(&repository->plan);
    prune_memory_free(&repository->memory);
    catalogue_free(&repository->catalogue);
}

int prune_repository_read(struct target *target, uint32_t agent, const struct prune_view *view,
    struct prune_repository *ret, struct problem *problem)
{
    struct prune_repository repository = { 0 };
    const struct catalogue_reader reader = { trusts, (void *)view->rules, view->rules->zone, view->zones };
    if ((view->state && prune_state_read(view->state, agent, &repository.memory, problem)) ||
        catalogue_read(target, agent, &reader, &repository.catalogue, problem) ||
        prune_plan_make(
            &repository.catalogue, &repository.memory, view->rules, view->now_s, &repository.plan, problem)) {
        prune_repository_free(&repository);
        return -1;
    }
    *ret = repository;
    return 0;
}
