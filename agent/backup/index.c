#include "agent/backup/index.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 4096

struct slot {
    uint8_t id[CHUNK_ID_BYTES];
    struct place place;
    bool used, referenced;
};

struct index {
    pthread_mutex_t lock;
    size_t n, slots; /* a power of two; at most half of them used */
    struct slot *all;
};

/* An id is a random number already. */
static struct slot *find(struct slot *all, size_t slots, const uint8_t id[CHUNK_ID_BYTES])
{
    uint64_t at;
    memcpy(&at, id, sizeof(at));
    while (all[at & (slots - 1)].used && memcmp(all[at & (slots - 1)].id, id, CHUNK_ID_BYTES))
        at++;
    return &all[at & (slots - 1)];
}

struct index *index_make(void)
{
    struct index *index = calloc(1, sizeof(*index));
    if (index && !(index->all = calloc(FIRST_SLOTS, sizeof(*index->all)))) {
        free(index);
        return NULL;
    }
    if (index) {
        index->slots = FIRST_SLOTS;
        pthread_mutex_init(&index->lock, NULL);
    }
    return index;
}

void index_free(struct index *index)
{
    if (!index)
        return;
    pthread_mutex_destroy(&index->lock);
    free(index->all);
    free(index);
}

bool index_find(struct index *index, const uint8_t id[CHUNK_ID_BYTES], struct place *ret)
{
    pthread_mutex_lock(&index->lock);
    const struct slot *slot = find(index->all, index->slots, id);
    bool found = slot->used;
    if (found)
        *ret = slot->place;
    pthread_mutex_unlock(&index->lock);
    return found;
}

static bool has_room(struct index *index)
{
    if (index->n < index->slots / 2)
        return true;
    size_t slots = 2 * index->slots;
    struct slot *all = index->n < INDEX_CHUNKS_MAX ? calloc(slots, sizeof(*all)) : NULL;
    if (!all)
        return false;
    for (size_t i = 0; i < index->slots; i++) {
        if (index->all[i].used)
            *find(all, slots, index->all[i].id) = index->all[i];
    }
    free(index->all);
    index->all = all;
    index->slots = slots;
    return true;
}

void index_add(struct index *index, const uint8_t id[CHUNK_ID_BYTES], const struct place *place)
{
    pthread_mutex_lock(&index->lock);
    if (has_room(index)) {
        struct slot *slot = find(index->all, index->slots, id);
        if (!slot->used) {
            memcpy(slot->id, id, CHUNK_ID_BYTES);
            slot->place = *place;
            slot->used = true;
            index->n++;
        }
    }
    pthread_mutex_unlock(&index->lock);
}

bool index_first(struct index *index, const uint8_t id[CHUNK_ID_BYTES])
{
    pthread_mutex_lock(&index->lock);
    struct slot *slot = find(index->all, index->slots, id);
    bool first = !slot->used || !slot->referenced;
    slot->referenced = slot->used;
    pthread_mutex_unlock(&index->lock);
    return first;
}
