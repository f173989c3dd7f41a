#include "agent/backup/past.h"

#include <string.h>

#include "lib/problem.h"
#include "lib/repository/lookup.h"

#define LIVE_PART 4                        /* of a segment that is kept on a quarter is needed */
#define SPARED_BYTES (64u << 10)           /* is freed by it at the least: what is sealed is more than its contents */
#define RETIRED_PART 10                    /* in one backup no more is stored anew than a tenth of what is needed, */
#define RETIRED_BYTES (UINT64_C(64) << 20) /* or this, which takes seconds: the rest has its turn with the next */

/* The stores, all of which are of the backup before, and the slot until which they must be kept. */
struct past {
    struct stores *stores;
    int64_t slot;
};

static void see(void *arg, uint32_t number, const struct target_object *object)
{
    const struct past *past = arg;
    struct store *store = &past->stores->all[number];
    store->sound = store->bytes == object->bytes && store->kept_until >= past->slot;
}

static int look(struct target *target, uint32_t agent, struct past *past, struct problem *problem)
{
    const struct lookup lookup = {
        .target = target,
        .agent = agent,
        .n = past->stores->n,
        .sha256 = past->stores->n ? past->stores->all->sha256 : NULL,
        .stride = sizeof(*past->stores->all),
        .found = see,
        .arg = past,
    };
    return lookup_segments(&lookup, problem);
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
    struct past past = { stores, slot };
    if (result != TARGET_DONE || add_stores(ret, stores, problem) || look(target, agent, &past, problem)) {
        cache_close(ret);
        return -1;
    }
    retire(ret, stores);
    add_chunks(ret, stores, index);
    return 0;
}
