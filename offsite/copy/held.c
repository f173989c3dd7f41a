#include "offsite/copy/held.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/db.h"

static size_t place_of(const struct held_set *set, const char *path)
{
    size_t low = 0, high = set->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(set->all[middle].path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int make_room(struct held_set *set)
{
    if (set->n < set->room)
        return 0;
    size_t room = set->room ? 2 * set->room : 256;
    struct held *all = room <= HELD_FILES_MAX ? reallocarray(set->all, room, sizeof(*all)) : NULL;
    if (!all)
        return -1;
    set->all = all;
    set->room = room;
    return 0;
}

struct held *held_of(struct held_set *set, const char *path, enum manner manner)
{
    size_t at = place_of(set, path);
    if (at < set->n && !strcmp(set->all[at].path, path))
        return &set->all[at];
    char *copy = make_room(set) ? NULL : strdup(path);
    if (!copy)
        return NULL;
    memmove(&set->all[at + 1], &set->all[at], (set->n - at) * sizeof(set->all[0]));
    set->n++;
    set->all[at] = (struct held){ .path = copy, .manner = manner, .fd = -1 };
    return &set->all[at];
}

void held_forget(struct held *held)
{
    held->n_blocks = 0;
    held->size = 0;
    held->salts = 0;
    held->begun = false;
    memset(&held->stamp, 0, sizeof(held->stamp));
    memset(&held->wal, 0, sizeof(held->wal));
}

int held_block(struct held *held, size_t block, const void *data, size_t bytes, bool *ret_changed)
{
    uint8_t hash[BLAKE2B_BYTES];
    if (block >= held->room) {
        size_t room = held->room ? held->room : 16;
        while (room <= block)
            room *= 2;
        void *hashes = reallocarray(held->hashes, room, HELD_HASH_BYTES);
        if (!hashes)
            return -1;
        held->hashes = hashes;
        held->room = room;
    }
    crypto_blake2b(data, bytes, hash);
    if (block >= held->n_blocks) {
        memset(held->hashes[held->n_blocks], 0, (block - held->n_blocks + 1) * HELD_HASH_BYTES);
        held->n_blocks = block + 1;
    }
    *ret_changed = memcmp(held->hashes[block], hash, HELD_HASH_BYTES);
    memcpy(held->hashes[block], hash, HELD_HASH_BYTES);
    return 0;
}

void held_cut(struct held *held, uint64_t size)
{
    size_t blocks = held->block_bytes ? (size_t)((size + held->block_bytes - 1) / held->block_bytes) : 0;
    if (blocks < held->n_blocks)
        held->n_blocks = blocks;
    held->size = size;
}

struct stamp held_stamp(const struct stat *status)
{
    return (struct stamp){ status->st_ino, status->st_size, status->st_mtim, status->st_ctim };
}

bool held_is_same(const struct stamp *before, const struct stat *now)
{
    const struct stamp stamp = held_stamp(now);
    return !memcmp(before, &stamp, sizeof(stamp)); /* there is no padding in it */
}

static void free_one(struct held *held)
{
    db_close(held->db);
    if (held->fd >= 0)
        close(held->fd);
    free(held->path);
    free(held->hashes);
    free(held->pieces);
}

int held_sweep(struct held_set *set, int (*tell)(void *arg, const struct held *), void *arg)
{
    size_t kept = 0;
    int error = 0;
    for (size_t i = 0; i < set->n; i++) {
        struct held *held = &set->all[i];
        if (!held->seen && !error)
            error = tell(arg, held);
        if (!held->seen && !error)
            free_one(held);
        else
            set->all[kept++] = *held;
    }
    set->n = kept;
    return error;
}

void held_free(struct held_set *set)
{
    for (size_t i = 0; i < set->n; i++)
        free_one(&set->all[i]);
    free(set->all);
    *set = (struct held_set){ 0 };
}
