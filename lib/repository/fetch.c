#include "lib/repository/fetch.h"

#include "lib/problem.h"

static int take(void *arg, const void *data, size_t bytes)
{
    return buf_append(arg, data, bytes);
}

enum target_result object_fetch(struct target *target, const char *name, struct buf *ret, struct problem *problem)
{
    buf_clear(ret);
    enum target_result result = target_get(target, name, 0, UINT64_MAX, take, ret, problem);
    if (result == TARGET_STOPPED && ret->failed)
        problem_set(problem, "too-long", name, "%s is larger than what stands there may be", name);
    return result;
}
