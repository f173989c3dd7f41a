#include "lib/repository/complete.h"

#include <stdlib.h>

#include "lib/problem.h"
#include "lib/repository/lookup.h"

/* What the commit lists, and what of it was seen whole. */
struct listed {
    const struct commit_segment *segments;
    bool *seen;
    uint32_t n_seen;
};

static void see(void *arg, uint32_t number, const struct target_object *object)
{
    struct listed *listed = arg;
    if (listed->seen[number] || object->bytes != listed->segments[number].bytes)
        return;
    listed->seen[number] = true;
    listed->n_seen++;
}

static int look(struct target *target, const struct commit *commit, struct listed *listed, struct problem *problem)
{
    const struct lookup lookup = {
        .target = target,
        .agent = commit->agent,
        .n = (uint32_t)commit->n_segments,
        .sha256 = commit->n_segments ? commit->segments->sha256 : NULL,
        .stride = sizeof(*commit->segments),
        .found = see,
        .arg = listed,
    };
    if (!listed->seen)
        return problem_set(problem, "no-memory", "", "no memory to look for segments with");
    if (lookup_segments(&lookup, problem))
        return -1;
    return listed->n_seen == lookup.n
               ? 0
               : problem_set(problem, COMMIT_LACKS, "", "%u of %u segments are not in the target any more",
                     lookup.n - listed->n_seen, lookup.n);
}

int commit_complete(struct target *target, const struct commit *commit, struct problem *problem)
{
    struct listed listed = { commit->segments, calloc(commit->n_segments + 1, sizeof(*listed.seen)), 0 };
    int error = look(target, commit, &listed, problem);
    free(listed.seen);
    return error;
}
