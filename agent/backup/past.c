#include "agent/backup/past.h"

#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/target/target.h"

#define LIVE_PART 4                    /* of a segment that is kept on a quarter is needed */
#define SPARED_BYTES (64u << 10)           /* is freed by it at the least: what is sealed is more than its contents */
#define RETIRED_PART 10                /* in one backup no more is stored anew than a tenth of what is needed, */
#define RETIRED_BYTES (UINT64_C(64) << 20) /* or this, which takes seconds: the rest has its turn with the next */

/* The stores by their hashes. */
struct wanted {
    uint32_t agent, n, *sorted;
    int64_t slot;
    struct stores *stores;
};

static int compare(const void *a, const void *b, void *arg)
{
    const struct stores *stores = arg;
    return memcmp(stores->all[*(const uint32_t *)a].sha256, stores->all[*(const uint32_t *)b].sha256, SHA256_BYTES);
}

static int seen(void *arg, const struct target_object *object)
{
    const struct wanted *wanted = arg;
    struct object_name name;
    if (name_parse(object->name, &name) || name.object != OBJECT_SEGMENT || name.agent != wanted->agent)
        return 0;
    for (uint32_t low = 0, high = wanted->n; low < high;) {
        uint32_t middle = low + (high - low) / 2;
        struct store *store = &wanted->stores->all[wanted->sorted[middle]];
        int order = memcmp(name.sha256, store->sha256, SHA256_BYTES);
        if (!order) {
            store->sound = store->bytes == object->bytes && store->kept_until >= wanted->slot;
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
    name_folder(folder, wanted->agent, OBJECT_SEGMENT);
    wanted->sorted = calloc(wanted->n + 1, sizeof(*wanted->sorted));
    if (!wanted->sorted)
        return problem_set(problem, "no-memory", "", "no memory for segments");
    for (uint32_t i = 0; i < wanted->n; i++)
        wanted->sorted[i] = i;
    qsort_r(wanted->sorted, wanted->n, sizeof(*wanted->sorted), compare, wanted->stores);
    enum target_result result = target_list(target, folder, seen, wanted, problem);
    free(wanted->sorted);
    return result == TARGET_DONE ? 0 : -1;
}

static int add_stores(const struct cache *cache, struct stores *stores, struct problem *problem)
{
    uint32_t number;
    for (uint32_t i = 0; i < cache->n_segments; i++) {
        struct store store = {
            .kind = cache->segments[i].kind, .bytes = cache->segments[i].bytes, .kept_until = cache->kept_until[i]
        };
        memcpy(store.sha256, cache->segments[i].sha256, SHA256_BYTES);
        memcpy(store.mark, cache->segments[i].mark, BULK_MARK_BYTES);
        if (stores_add(stores, &store, &number))
            return problem_set(problem, "no-memory", "", "no memory for segments");
    }
    return 0;
}

/* Nobody has to read and pack again what stands on the target: the machine has it. */
static void retire(const struct cache *cache, struct stores *stores)
{
    uint64_t live_bytes = 0, room_bytes = RETIRED_BYTES;
    for (uint32_t i = 0; i < cache->n_segments; i++)
        live_bytes += cache->segments[i].live_bytes;
    if (room_bytes < live_bytes / RETIRED_PART)
        room_bytes = live_bytes / RETIRED_PART;
    for (uint32_t i = 0; i < cache->n_segments; i++) {
        uint32_t bytes = stores->all[i].bytes, left_bytes = cache->segments[i].live_bytes;
        if (!stores->all[i].sound || left_bytes >= bytes / LIVE_PART || bytes - left_bytes < SPARED_BYTES ||
            left_bytes > room_bytes)
            continue;
        stores->all[i].sound = false;
        room_bytes -= left_bytes;
    }
}

static void add_chunks(struct cache *cache, const struct stores *stores, struct index *index)
{
    struct cached_file file;
    while (cache_next(cache, &file)) {
        for (size_t i = 0; i < file.n_pieces; i++) {
            const struct cached_piece *piece = &file.pieces[i];
            cache->content_bytes += piece->length;
            if (piece->place.store != CACHE_HOLE && stores->all[piece->place.store].sound)
                index_add(index, piece->id, &piece->place);
        }
    }
    cache_rewind(cache);
}

int past_open(const char *file, uint32_t agent, int64_t slot, struct target *target, struct stores *stores,
    struct index *index, struct cache *ret, struct problem *problem)
{
    char name[OBJECT_NAME_BYTES];
    struct target_object object;
    cache_open(file, ret);
    if (!ret->data)
        return 0;
    name_of_backup(name, agent, OBJECT_COMMIT, ret->backup);
    enum target_result result = target_find(target, name, &object, problem);
    if (result == TARGET_ABSENT) {
        struct cache missed = { .has_commit = true };
        memcpy(missed.commit, ret->commit, SHA256_BYTES);
        cache_close(ret);
        *ret = missed;
        return 0;
    }
    struct wanted wanted = { agent, ret->n_segments, NULL, slot, stores };
    if (result != TARGET_DONE || add_stores(ret, stores, problem) || look(target, &wanted, problem)) {
        cache_close(ret);
        return -1;
    }
    retire(ret, stores);
    add_chunks(ret, stores, index);
    return 0;
}
