/* The calls of target.h: checked, then tried. */
#include <stdio.h>

#include "lib/problem.h"
#include "lib/target/transport.h"

/* One of these is set. */
struct call {
    const char *name;
    struct cargo *cargo;
    struct fetching *fetching;
    struct target_object *found;
};

static enum target_result not_a_name(const char *name, struct problem *problem)
{
    problem_set(problem, "bad-name", "", "%.100s is no object's name", name);
    return TARGET_FAILED;
}

static enum target_result put_once(struct target *target, void *arg, struct problem *problem)
{
    const struct call *call = arg;
    bool sent = call->cargo->sent;
    enum target_result result = target->transport->put(target, call->name, call->cargo, problem);
    /* The answer to our own put was lost: nobody else knew the name, and the size is that of ours. */
    return result == TARGET_EXISTS && sent ? TARGET_DONE : result;
}

enum target_result target_put(
    struct target *target, const char *name, const struct iovec *parts, size_t n_parts, struct problem *problem)
{
    struct cargo cargo = { .parts = parts, .n_parts = n_parts };
    for (size_t i = 0; i < n_parts; i++)
        cargo.bytes += parts[i].iov_len;
    if (!target_is_name(name))
        return not_a_name(name, problem);
    if (!cargo.bytes || cargo.bytes > TARGET_OBJECT_BYTES_MAX) {
        problem_set(
            problem, "too-big", "", "an object has 1 to %u bytes, not %zu", TARGET_OBJECT_BYTES_MAX, cargo.bytes);
        return TARGET_FAILED;
    }
    return tries(target, put_once, &(struct call){ .name = name, .cargo = &cargo }, problem);
}

static enum target_result get_once(struct target *target, void *arg, struct problem *problem)
{
    const struct call *call = arg;
    return target->transport->get(target, call->name, call->fetching, problem);
}

enum target_result target_get(struct target *target, const char *name, uint64_t from, uint64_t bytes, target_sink sink,
    void *arg, struct problem *problem)
{
    struct fetching fetching = { .from = from, .left = bytes, .sink = sink, .arg = arg };
    if (!target_is_name(name))
        return not_a_name(name, problem);
    return tries(target, get_once, &(struct call){ .name = name, .fetching = &fetching }, problem);
}

enum target_result target_fetch(struct target *target, const char *name, struct buf *ret, struct problem *problem)
{
    struct fetching fetching = { .left = UINT64_MAX, .whole = ret };
    if (!target_is_name(name))
        return not_a_name(name, problem);
    return tries(target, get_once, &(struct call){ .name = name, .fetching = &fetching }, problem);
}

static enum target_result find_once(struct target *target, void *arg, struct problem *problem)
{
    const struct call *call = arg;
    return target->transport->find(target, call->name, call->found, problem);
}

enum target_result target_find(
    struct target *target, const char *name, struct target_object *ret, struct problem *problem)
{
    struct target_object found = { .name = name };
    if (!target_is_name(name))
        return not_a_name(name, problem);
    enum target_result result = tries(target, find_once, &(struct call){ .name = name, .found = &found }, problem);
    if (!result)
        *ret = found;
    return result;
}

enum target_result target_list(
    struct target *target, const char *folder, target_lister lister, void *arg, struct problem *problem)
{
    char name[TARGET_NAME_BYTES];
    int length = snprintf(name, sizeof(name), "%s", folder);
    /* A folder is a name with a slash behind it. */
    if (length > 0 && length < (int)sizeof(name) && name[length - 1] == '/')
        name[length - 1] = '\0';
    if (length && (length >= (int)sizeof(name) || folder[length - 1] != '/' || !target_is_name(name)))
        return not_a_name(folder, problem);
    return target->transport->list(target, folder, lister, arg, problem);
}
