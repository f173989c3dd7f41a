#include "lib/tlog/verified.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/tlog/bundle.h"
#include "lib/tlog/edge.h"

struct tlog_verified {
    struct tlog_source source;
    struct tlog_edge edge; /* the partial tiles: with them stands or falls the root */
    struct {
        bool kept;
        uint64_t number;
        uint8_t hashes[TLOG_TILE_WIDTH][TLOG_HASH_BYTES];
    } full[TLOG_LEVELS]; /* of each level the full tile that was verified last */
};

struct tlog_verified *tlog_verified_new(
    const struct tlog_source *source, const uint8_t root[TLOG_HASH_BYTES], struct problem *problem)
{
    struct tlog_verified *verified = calloc(1, sizeof(*verified));
    uint8_t found[TLOG_HASH_BYTES];
    if (!verified) {
        problem_set(problem, "no-memory", "", "no memory for tiles");
        return NULL;
    }
    verified->source = *source;
    if (tlog_edge_load(&verified->edge, source, problem)) {
        free(verified);
        return NULL;
    }
    tlog_root(&verified->edge.tree, found);
    if (memcmp(found, root, sizeof(found))) {
        problem_set(
            problem, "bad-tile", "checkpoint", "the log's tiles are not those that its checkpoint is signed for");
        free(verified);
        return NULL;
    }
    return verified;
}

void tlog_verified_free(struct tlog_verified *verified)
{
    free(verified);
}

static int refuse(const struct tlog_tile *tile, const char *code, struct problem *problem)
{
    char path[TLOG_PATH_BYTES];
    tlog_tile_path(tile, path);
    return problem_set(problem, code, path, "%s is not what the checkpoint is signed for", path);
}

/* A tile of hashes that the tree has, from the root downwards; NULL + problem. Valid until the next one of its
 * level. */
static const uint8_t *find_tile(struct tlog_verified *verified, int level, uint64_t number, struct problem *problem)
{
    const struct tlog_tile tile = { level, tlog_tile_width(verified->source.size, level, number), number };
    const uint8_t *above, *hashes;
    uint8_t hash[TLOG_HASH_BYTES];
    if (tile.width < TLOG_TILE_WIDTH)
        return verified->edge.tiles[level][0];
    if (verified->full[level].kept && verified->full[level].number == number)
        return verified->full[level].hashes[0];
    /* As deep as the tree has levels. */
    above = find_tile(verified, level + 1, number / TLOG_TILE_WIDTH, problem);
    if (!above || tlog_tile_read(&verified->source, level, number, &hashes, problem))
        return NULL;
    tlog_subtree(hashes, 8, hash);
    if (memcmp(hash, above + number % TLOG_TILE_WIDTH * TLOG_HASH_BYTES, sizeof(hash))) {
        refuse(&tile, "bad-tile", problem);
        return NULL;
    }
    memcpy(verified->full[level].hashes, hashes, TLOG_TILE_BYTES);
    verified->full[level].number = number;
    verified->full[level].kept = true;
    return verified->full[level].hashes[0];
}

static int read_bundle(struct tlog_verified *verified, const struct tlog_tile *bundle, const uint8_t **ret,
    size_t *ret_bytes, struct problem *problem)
{
    struct tlog_entry entries[TLOG_TILE_WIDTH];
    const uint8_t *leaves = find_tile(verified, 0, bundle->number, problem), *data;
    uint8_t leaf[TLOG_HASH_BYTES];
    size_t bytes;
    unsigned count;
    if (!leaves || verified->source.read(verified->source.arg, bundle, &data, &bytes, problem) ||
        tlog_bundle_parse(data, bytes, entries, &count, problem))
        return -1;
    if (count < bundle->width)
        return refuse(bundle, "bad-bundle", problem);
    for (unsigned i = 0; i < bundle->width; i++) {
        tlog_leaf(entries[i].data, entries[i].bytes, leaf);
        if (memcmp(leaf, leaves + i * TLOG_HASH_BYTES, sizeof(leaf)))
            return refuse(bundle, "bad-bundle", problem);
    }
    /* Of a full bundle in place of a partial one, what is behind the tree's end is not verified. */
    const struct tlog_entry *last = &entries[bundle->width - 1];
    *ret = data;
    *ret_bytes = (size_t)(last->data + last->bytes - data);
    return 0;
}

static int read_verified(
    void *arg, const struct tlog_tile *tile, const uint8_t **ret, size_t *ret_bytes, struct problem *problem)
{
    struct tlog_verified *verified = arg;
    assert(tile->width && tile->width == tlog_tile_width(verified->source.size, tile->level, tile->number));
    if (tile->level == TLOG_BUNDLE)
        return read_bundle(verified, tile, ret, ret_bytes, problem);
    const uint8_t *hashes = find_tile(verified, tile->level, tile->number, problem);
    if (!hashes)
        return -1;
    *ret = hashes;
    *ret_bytes = tile->width * TLOG_HASH_BYTES;
    return 0;
}

struct tlog_source tlog_verified_source(struct tlog_verified *verified)
{
    return (struct tlog_source){ verified->source.size, read_verified, verified };
}
