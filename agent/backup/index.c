#include "agent/backup/index.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS (2 * INDEX_CHUNKS_MAX) /* a power of two, never more than half full */

struct entry {
    uint8_t id[CHUNK_ID_BYTES];
    struct place place;
    bool referenced;
};

/* Room for all from the beginning: pages that nothing was written to cost nothing. */
struct index {
    pthread_mutex_t lock;
    uint32_t n;
    struct entry *entries;
    uint32_t *slots; /* the number of an entry, from 1 on; 0: free */
};

/* Of the entry, or the free one that it would get. An id is a random number already. */
static uint32_t *slot_of(const struct index *index, const uint8_t id[CHUNK_ID_BYTES])
{
    uint32_t at;
    memcpy(&at, id, sizeof(at));
    at %= SLOTS;
    while (index->slots[at] && memcmp(index->entries[index->slots[at] - 1].id, id, CHUNK_ID_BYTES))
        at = (at + 1) % SLOTS;
    return &index->slots[at];
}

static struct entry *find(const struct index *index, const uint8_t id[CHUNK_ID_BYTES])
{
    uint32_t number = *slot_of(index, id);
    return number ? &index->entries[number - 1] : NULL;
}

struct index *index_make(void)
{
    struct index *index = calloc(1, sizeof(*index));
    if (!index)
        return NULL;
    pthread_mutex_init(&index->lock, NULL);
    index->entries = calloc(INDEX_CHUNKS_MAX, sizeof(*index->entries));
    index->slots = calloc(SLOTS, sizeof(*index->slots));
    if (index->entries && index->slots)
        return index;
    index_free(index);
    return NULL;
}

void index_free(struct index *index)
{
    if (!index)
        return;
    pthread_mutex_destroy(&index->lock);
    free(index->entries);
    free(index->slots);
    free(index);
}

bool index_find(struct index *index, const uint8_t id[CHUNK_ID_BYTES], struct place *ret)
{
    pthread_mutex_lock(&index->lock);
    const struct entry *entry = find(index, id);
    if (entry)
        *ret = entry->place;
    pthread_mutex_unlock(&index->lock);
    return entry;
}

void index_add(struct index *index, const uint8_t id[CHUNK_ID_BYTES], const struct place *place)
{
    pthread_mutex_lock(&index->lock);
    uint32_t *slot = slot_of(index, id);
    if (!*slot && index->n < INDEX_CHUNKS_MAX) {
        struct entry *entry = &index->entries[index->n++];
        memcpy(entry->id, id, CHUNK_ID_BYTES);
        entry->place = *place;
        *slot = index->n;
    }
    pthread_mutex_unlock(&index->lock);
}

bool index_first(struct index *index, const uint8_t id[CHUNK_ID_BYTES])
{
    pthread_mutex_lock(&index->lock);
    struct entry *entry = find(index, id);
    bool first = !entry || !entry->referenced;
    if (entry)
        entry->referenced = true;
    pthread_mutex_unlock(&index->lock);
    return first;
}
