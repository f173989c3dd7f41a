#include "lib/signed/planned.h"

#include <string.h>

#include "lib/calendar/calendar.h"
#include "lib/problem.h"

static int bad(struct problem *problem, const char *member, const char *reason)
{
    return problem_set(problem, "bad-document", member, "%s", reason);
}

bool planned_is_path(const char *path)
{
    if (*path != '/')
        return false;
    if (!path[1])
        return true;
    while (*path) {
        size_t length = strcspn(++path, "/");
        if (!length || (length == 1 && *path == '.') || (length == 2 && !strncmp(path, "..", 2)))
            return false;
        path += length;
    }
    return true;
}

static int check_paths(const char *const *paths, size_t n, const char *member, struct problem *problem)
{
    for (size_t i = 0; i < n; i++) {
        if (!planned_is_path(paths[i]))
            return bad(problem, member, "a path is written whole and in one form: /srv/data");
    }
    return 0;
}

static int check_dumps(const struct document_backup_plan *plan, struct problem *problem)
{
    for (size_t i = 0; i < plan->n_dumps; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!strcmp(plan->dumps[i], plan->dumps[j]))
                return bad(problem, "dumps", "a dump stands twice");
        }
    }
    return 0;
}

static int check_classes(const struct document_backup_plan *plan, struct problem *problem)
{
    unsigned seen = 0;
    struct calendar calendar;
    struct problem why;
    for (size_t i = 0; i < plan->n_classes; i++) {
        const struct document_timing *timing = &plan->classes[i];
        if (seen >> timing->class & 1)
            return bad(problem, "classes", "a class stands twice");
        seen |= 1u << timing->class;
        if (calendar_parse(timing->calendar, &calendar, &why))
            return problem_set(problem, "bad-document", "classes", "calendar: %s", why.reason);
    }
    /* By then what it changed against must be kept, which a full is. */
    if (seen == 1u << PLAN_CLASS_DIFFERENTIAL)
        return bad(problem, "classes", "differentials need fulls: daily or weekly ones");
    return 0;
}

int planned_check_plan(const struct document_backup_plan *plan, struct problem *problem)
{
    if (!plan->n_paths && !plan->n_databases && !plan->n_dumps)
        return bad(problem, "paths", "a plan says what is backed up: paths, databases or dumps");
    if (check_paths(plan->paths, plan->n_paths, "paths", problem) ||
        check_paths(plan->excluded, plan->n_excluded, "excluded", problem) ||
        check_paths(plan->databases, plan->n_databases, "databases", problem))
        return -1;
    return check_dumps(plan, problem) || check_classes(plan, problem) ? -1 : 0;
}

int planned_check_restore(const struct document_restore *restore, struct problem *problem)
{
    if (!planned_is_path(restore->into))
        return bad(problem, "into", "a path is written whole and in one form: /srv/data");
    if (restore->source && !restore->source->has_agent)
        return bad(problem, "source", "whose backup it is, is said by id and key: a repository stands under the id");
    return check_paths(restore->paths, restore->n_paths, "paths", problem);
}
