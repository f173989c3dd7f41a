#include "lib/repository/lookup.h"

#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/repository/name.h"

/* By hash, so that one that stands in the target is found at once. */
struct wanted {
    const uint8_t *sha256;
    uint32_t number;
};

struct search {
    const struct lookup *lookup;
    struct wanted *wanted;
};

static int by_hash(const void *a, const void *b)
{
    const struct wanted *one = a, *other = b;
    return memcmp(one->sha256, other->sha256, SHA256_BYTES);
}

static int see(void *arg, const struct target_object *object)
{
    const struct search *search = arg;
    const struct lookup *lookup = search->lookup;
    struct object_name name;
    if (name_parse(object->name, &name) || name.object != OBJECT_SEGMENT || name.agent != lookup->agent)
        return 0;
    const struct wanted key = { .sha256 = name.sha256 };
    const struct wanted *one = bsearch(&key, search->wanted, lookup->n, sizeof(key), by_hash);
    if (one)
        lookup->found(lookup->arg, one->number, object);
    return 0;
}

int lookup_segments(const struct lookup *lookup, struct problem *problem)
{
    char folder[OBJECT_NAME_BYTES];
    struct search search = { lookup, calloc(lookup->n + 1, sizeof(*search.wanted)) };
    if (!search.wanted)
        return problem_set(problem, "no-memory", "", "no memory to look for segments with");
    for (uint32_t i = 0; i < lookup->n; i++)
        search.wanted[i] = (struct wanted){ lookup->sha256 + i * lookup->stride, i };
    qsort(search.wanted, lookup->n, sizeof(*search.wanted), by_hash);
    name_folder(folder, lookup->agent, OBJECT_SEGMENT);
    enum target_result result = target_list(lookup->target, folder, see, &search, problem);
    free(search.wanted);
    return result == TARGET_DONE ? 0 : -1;
}
