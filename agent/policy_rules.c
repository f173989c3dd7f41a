#include "agent/policy_rules.h"

#include <string.h>

#include "lib/problem.h"

static bool is_named(const struct policy_users *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (!strcmp(names->names[i], name))
            return true;
    }
    return false;
}

static bool allows_user(const struct policy_users *users, const struct policy_ask *ask)
{
    return is_named(users, ask->user) || (users->others && !ask->is_root && !ask->is_agent);
}

static int exceeds(
    const char *code, const char *key, int64_t asked, int64_t limit, const char *unit, struct problem *problem)
{
    if (asked <= limit)
        return 0;
    return problem_set(problem, code, key, "the owner's policy has %s at %lld%s, and %lld%s is asked for", key,
        (long long)limit, unit, (long long)asked, unit);
}

static int allows_run(const struct policy *policy, const struct policy_ask *ask, struct problem *problem)
{
    if (ask->script && !policy->scripts)
        return problem_set(problem, "policy-script", "scripts", "the owner's policy allows no scripts (scripts = off)");
    if (!allows_user(&policy->users, ask))
        return problem_set(
            problem, "policy-user", "users", "the owner's policy lets nothing run as %.32s (users)", ask->user);
    if (exceeds("policy-time", "time_limit", ask->timeout_s, policy->time_limit_s, " s", problem) ||
        exceeds("policy-output", "output_limit", ask->output_bytes, policy->output_limit_bytes, " bytes", problem) ||
        exceeds("policy-memory", "memory_limit", ask->memory_bytes, policy->memory_limit_bytes, " bytes", problem))
        return -1;
    return exceeds("policy-processes", "processes_limit", ask->processes, policy->processes_limit, "", problem);
}

int policy_allows(const struct policy *policy, const struct policy_ask *ask, struct problem *problem)
{
    if (policy_kinds >> ask->kind & 1 && !(policy->kinds >> ask->kind & 1))
        return problem_set(problem, "policy-kind", "kinds", "the owner's policy takes no documents of kind %s (kinds)",
            document_kind_words[ask->kind]);
    if (policy_kinds >> ask->kind & 1 &&
        exceeds("policy-life", "longest_life", ask->life_s, policy->longest_life_s, " s", problem))
        return -1;
    return ask->user ? allows_run(policy, ask, problem) : 0;
}

static bool is_within(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return length == 1 || (!strncmp(path, folder, length) && (!path[length] || path[length] == '/'));
}

static int allows_paths(const struct policy_paths *allowed, const char *const *paths, size_t n, struct problem *problem)
{
    for (size_t i = 0; i < n; i++) {
        size_t one = 0;
        while (one < allowed->count && !is_within(paths[i], allowed->paths[one]))
            one++;
        if (one == allowed->count)
            return problem_set(problem, "policy-path", "backup_paths",
                "the owner's policy lets nothing of %.120s be backed up (backup_paths)", paths[i]);
    }
    return 0;
}

int policy_allows_plan(const struct policy *policy, const struct document_backup_plan *plan, struct problem *problem)
{
    if (allows_paths(&policy->backup_paths, plan->paths, plan->n_paths, problem) ||
        allows_paths(&policy->backup_paths, plan->databases, plan->n_databases, problem))
        return -1;
    if (!policy->backup_targets.others && !is_named(&policy->backup_targets, plan->target))
        return problem_set(problem, "policy-target", "backup_targets",
            "the owner's policy lets no plan send to %.32s (backup_targets)", plan->target);
    for (size_t i = 0; i < plan->n_dumps; i++) {
        if (!policy->backup_dumps.others && !is_named(&policy->backup_dumps, plan->dumps[i]))
            return problem_set(problem, "policy-dump", "backup_dumps",
                "the owner's policy lets no plan have the dump %.32s made (backup_dumps)", plan->dumps[i]);
    }
    return 0;
}
