#include "lib/repository/fetch.h"

#include "lib/problem.h"

enum target_result object_fetch(struct target *target, const char *name, struct buf *ret, struct problem *problem)
{
    buf_clear(ret);
    enum target_result result = target_fetch(target, name, ret, problem);
    if (result == TARGET_STOPPED && ret->no_memory)
        problem_set(problem, "no-memory", name, "no memory for %s", name);
    else if (result == TARGET_STOPPED && ret->failed)
        problem_set(problem, "too-long", name, "%s is larger than what stands there may be", name);
    return result;
}
