/* A log in memory for tests: entries, tiles and bundles as a store would have them; and the tree by its plain
 * definition. */
#ifndef VEDETTE_TLOG_RIG_H
#define VEDETTE_TLOG_RIG_H

#include <assert.h>
#include <stdio.h>

#include <sodium.h>

#include "lib/buf.h"
#include "lib/problem.h"
#include "lib/tlog/bundle.h"
#include "lib/tlog/edge.h"
#include "tests/unit/unit.h"

#define RIG_MOST 70000

struct rig {
    struct tlog_edge edge;
    uint64_t size;
    uint8_t (*leaves)[TLOG_HASH_BYTES];
    struct buf files[TLOG_LEVELS + 1][RIG_MOST / 256 + 1]; /* level + 1: bundles first */
    struct tlog_source source;
    unsigned asked;
};

/* Entries differ in length, the first is empty. */
static inline size_t rig_entry(uint64_t index, char ret[64])
{
    return index ? (size_t)snprintf(ret, 64, "entry %llu%.*s", (unsigned long long)index, (int)(index % 23),
                       "-----------------------")
                 : 0;
}

static inline int rig_take(void *arg, const struct tlog_tile *tile, const uint8_t *hashes)
{
    struct rig *rig = arg;
    struct buf *file = &rig->files[tile->level + 1][tile->number];
    buf_clear(file);
    return buf_append(file, hashes, tile->width * TLOG_HASH_BYTES);
}

static inline int rig_read(
    void *arg, const struct tlog_tile *tile, const uint8_t **ret, size_t *ret_bytes, struct problem *problem)
{
    struct rig *rig = arg;
    const struct buf *file = &rig->files[tile->level + 1][tile->number];
    assert_int_equal(tile->width, tlog_tile_width(rig->source.size, tile->level, tile->number));
    rig->asked++;
    if (!file->length)
        return problem_set(problem, "absent", "", "not there");
    *ret = (const uint8_t *)file->data;
    *ret_bytes = file->length;
    return 0;
}

static inline void rig_grow(struct rig *rig, uint64_t size)
{
    for (; rig->size < size; rig->size++) {
        char entry[64];
        size_t bytes = rig_entry(rig->size, entry);
        tlog_leaf(entry, bytes, rig->leaves[rig->size]);
        assert_int_equal(tlog_bundle_append(&rig->files[0][rig->size / 256], entry, bytes), 0);
        assert_int_equal(tlog_edge_append(&rig->edge, rig->leaves[rig->size], rig_take, rig), 0);
    }
    assert_int_equal(tlog_edge_partials(&rig->edge, rig_take, rig), 0);
    rig->source.size = size;
}

static inline struct rig *rig_new(uint64_t size)
{
    struct rig *rig = calloc(1, sizeof(*rig));
    assert_non_null(rig);
    rig->leaves = calloc(RIG_MOST, sizeof(*rig->leaves));
    assert_non_null(rig->leaves);
    rig->source = (struct tlog_source){ .read = rig_read, .arg = rig };
    rig_grow(rig, size);
    return rig;
}

static inline void rig_free(struct rig *rig)
{
    for (size_t level = 0; level <= TLOG_LEVELS; level++) {
        for (size_t i = 0; i < RIG_MOST / 256 + 1; i++)
            buf_free(&rig->files[level][i]);
    }
    free(rig->leaves);
    free(rig);
}

/* MTH of RFC 6962 §2.1 word for word, by libsodium. */
static inline void rig_root(uint8_t (*leaves)[TLOG_HASH_BYTES], uint64_t count, uint8_t ret[TLOG_HASH_BYTES])
{
    uint8_t both[1 + 2 * TLOG_HASH_BYTES] = { 1 };
    uint64_t k = 1;
    if (count == 0) {
        crypto_hash_sha256(ret, NULL, 0);
    } else if (count == 1) {
        memcpy(ret, leaves[0], TLOG_HASH_BYTES);
    } else {
        while (2 * k < count)
            k *= 2;
        rig_root(leaves, k, both + 1);
        rig_root(leaves + k, count - k, both + 1 + TLOG_HASH_BYTES);
        crypto_hash_sha256(ret, both, sizeof(both));
    }
}

#endif
