#include "lib/tlog/edge.h"

#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"

int tlog_edge_append(struct tlog_edge *edge, const uint8_t leaf[TLOG_HASH_BYTES], tlog_take_tile *take, void *arg)
{
    uint64_t index = edge->tree.size;
    memcpy(edge->tiles[0][index % TLOG_TILE_WIDTH], leaf, TLOG_HASH_BYTES);
    tlog_append(&edge->tree, leaf);
    for (int level = 0; index % TLOG_TILE_WIDTH == TLOG_TILE_WIDTH - 1; level++) {
        const struct tlog_tile tile = { level, TLOG_TILE_WIDTH, index / TLOG_TILE_WIDTH };
        if (take(arg, &tile, edge->tiles[level][0]))
            return -1;
        index /= TLOG_TILE_WIDTH;
        memcpy(edge->tiles[level + 1][index % TLOG_TILE_WIDTH], tlog_completed(&edge->tree, 8 * (unsigned)(level + 1)),
            TLOG_HASH_BYTES);
    }
    return 0;
}

int tlog_edge_partials(const struct tlog_edge *edge, tlog_take_tile *take, void *arg)
{
    for (int level = 0; level < TLOG_LEVELS; level++) {
        uint64_t hashes = edge->tree.size >> 8 * level;
        const struct tlog_tile tile = { level, (unsigned)(hashes % TLOG_TILE_WIDTH), hashes / TLOG_TILE_WIDTH };
        if (tile.width && take(arg, &tile, edge->tiles[level][0]))
            return -1;
    }
    return 0;
}

/* The subtrees that a tree consists of lie in its partial tiles, the largest in the topmost: as many hashes each as its
 * bit in the tile's width says. */
static void load_tree(struct tlog_edge *edge, uint64_t size)
{
    int top = 0;
    for (int level = TLOG_LEVELS - 1; level >= 0; level--) {
        unsigned width = size >> 8 * level & 0xff, done = 0;
        for (unsigned height = 8; height--;) {
            if (!(width >> height & 1))
                continue;
            tlog_subtree(edge->tiles[level][done], height, edge->tree.hashes[top++]);
            done += 1u << height;
        }
    }
    edge->tree.size = size;
}

int tlog_edge_load(struct tlog_edge *edge, const struct tlog_source *source, struct problem *problem)
{
    struct tlog_edge *loaded = calloc(1, sizeof(*loaded));
    if (!loaded)
        return problem_set(problem, "memory", "", "no memory for the edge of a log");
    int error = 0;
    for (int level = 0; level < TLOG_LEVELS && !error; level++) {
        unsigned width = source->size >> 8 * level & 0xff;
        const uint8_t *hashes;
        if (!width)
            continue;
        error = tlog_tile_read(source, level, source->size >> 8 * (level + 1), &hashes, problem);
        if (!error)
            memcpy(loaded->tiles[level], hashes, width * TLOG_HASH_BYTES);
    }
    if (!error) {
        load_tree(loaded, source->size);
        *edge = *loaded;
    }
    free(loaded);
    return error;
}
