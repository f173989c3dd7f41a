#include "lib/repository/complete.h"

#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/target/target.h"

struct wanted {
    uint32_t agent, n, found;
    const struct commit_segment *segments;
    uint32_t *sorted; /* their numbers, by hash */
    bool *seen;
};

static int compare(const void *a, const void *b, void *arg)
{
    const struct commit_segment *segments = arg;
    return memcmp(segments[*(const uint32_t *)a].sha256, segments[*(const uint32_t *)b].sha256, SHA256_BYTES);
}

static int see(void *arg, const struct target_object *object)
{
    struct wanted *wanted = arg;
    struct object_name name;
    if (name_parse(object->name, &name) || name.object != OBJECT_SEGMENT || name.agent != wanted->agent)
        return 0;
    for (uint32_t low = 0, high = wanted->n; low < high;) {
        uint32_t middle = low + (high - low) / 2, number = wanted->sorted[middle];
        int order = memcmp(name.sha256, wanted->segments[number].sha256, SHA256_BYTES);
        if (!order) {
            bool whole = object->bytes == wanted->segments[number].bytes;
            wanted->found += whole && !wanted->seen[number];
            wanted->seen[number] = wanted->seen[number] || whole;
            return 0;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return 0;
}

static int look(struct target *target, struct wanted *wanted, struct problem *problem)
{
    char folder[OBJECT_NAME_BYTES];
    if (!wanted->sorted || !wanted->seen)
        return problem_set(problem, "no-memory", "", "no memory to look for segments with");
    for (uint32_t i = 0; i < wanted->n; i++)
        wanted->sorted[i] = i;
    qsort_r(wanted->sorted, wanted->n, sizeof(*wanted->sorted), compare, (void *)wanted->segments);
    name_folder(folder, wanted->agent, OBJECT_SEGMENT);
    if (target_list(target, folder, see, wanted, problem) != TARGET_DONE)
        return -1;
    return wanted->found == wanted->n
               ? 0
               : problem_set(problem, COMMIT_LACKS, "", "%u of %u segments are not in the target any more",
                     wanted->n - wanted->found, wanted->n);
}

int commit_complete(struct target *target, const struct commit *commit, struct problem *problem)
{
    size_t n = commit->n_segments;
    struct wanted wanted = { .agent = commit->agent,
        .n = (uint32_t)n,
        .segments = commit->segments,
        .sorted = calloc(n + 1, sizeof(*wanted.sorted)),
        .seen = calloc(n + 1, sizeof(*wanted.seen)) };
    int error = look(target, &wanted, problem);
    free(wanted.sorted);
    free(wanted.seen);
    return error;
}
