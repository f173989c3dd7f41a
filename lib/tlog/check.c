#include "lib/tlog/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/tlog/edge.h"

struct check {
    const struct tlog_source *source;
    uint64_t first_entry;
    struct tlog_edge edge; /* the tree as the entries make it */
    struct tlog_checked checked;
    struct problem *problem;
};

static int at_fault(struct check *check, const char *code, const struct tlog_tile *tile, const char *reason)
{
    char path[TLOG_PATH_BYTES];
    tlog_tile_path(tile, path);
    return problem_set(check->problem, code, path, "%s: %s", path, reason);
}

/* A tile as the entries make it: the source's must be the same. */
static int compare(void *arg, const struct tlog_tile *tile, const uint8_t *hashes)
{
    struct check *check = arg;
    const uint8_t *stored;
    char reason[96];
    unsigned i = 0;
    if (tlog_tile_read(check->source, tile->level, tile->number, &stored, check->problem))
        return -1;
    while (i < tile->width && !memcmp(stored + i * TLOG_HASH_BYTES, hashes + i * TLOG_HASH_BYTES, TLOG_HASH_BYTES))
        i++;
    if (i == tile->width)
        return 0;
    uint64_t hash = tile->number * TLOG_TILE_WIDTH + i;
    if (tile->level)
        snprintf(
            reason, sizeof(reason), "hash %u is not that of tile %" PRIu64 " of level %d", i, hash, tile->level - 1);
    else
        snprintf(reason, sizeof(reason), "hash %u is not that of entry %" PRIu64 " in its bundle", i, hash);
    return at_fault(check, "wrong-hash", tile, reason);
}

/* Leaf hashes from the entries of a bundle; from the tile, if retention may have taken the bundle and has. */
static int read_leaves(
    struct check *check, const struct tlog_tile *bundle, uint8_t leaves[TLOG_TILE_WIDTH][TLOG_HASH_BYTES])
{
    struct tlog_entry entries[TLOG_TILE_WIDTH];
    struct problem problem;
    const uint8_t *data;
    size_t bytes;
    unsigned count;
    if (check->source->read(check->source->arg, bundle, &data, &bytes, &problem)) {
        if (strcmp(problem.code, "absent") || (bundle->number + 1) * TLOG_TILE_WIDTH > check->first_entry)
            return at_fault(check, problem.code, bundle, problem.reason);
        if (tlog_tile_read(check->source, 0, bundle->number, &data, check->problem))
            return -1;
        memcpy(leaves, data, bundle->width * TLOG_HASH_BYTES);
        check->checked.absent += bundle->width;
        return 0;
    }
    if (tlog_bundle_parse(data, bytes, entries, &count, &problem))
        return at_fault(check, problem.code, bundle, problem.reason);
    if (count != bundle->width && count != TLOG_TILE_WIDTH)
        return at_fault(check, "bad-bundle", bundle, "it has another number of entries");
    for (unsigned i = 0; i < bundle->width; i++)
        tlog_leaf(entries[i].data, entries[i].bytes, leaves[i]);
    check->checked.entries += bundle->width;
    return 0;
}

static int check_bundle(struct check *check, uint64_t number)
{
    uint8_t leaves[TLOG_TILE_WIDTH][TLOG_HASH_BYTES];
    const struct tlog_tile bundle = {
        TLOG_BUNDLE,
        tlog_tile_width(check->source->size, TLOG_BUNDLE, number),
        number,
    };
    if (read_leaves(check, &bundle, leaves))
        return -1;
    for (unsigned i = 0; i < bundle.width; i++) {
        if (tlog_edge_append(&check->edge, leaves[i], compare, check))
            return -1;
    }
    return 0;
}

static int check_root(struct check *check, const struct tlog_checkpoint *checkpoint)
{
    uint8_t root[TLOG_HASH_BYTES];
    tlog_root(&check->edge.tree, root);
    if (!memcmp(root, checkpoint->root, sizeof(root)))
        return 0;
    return problem_set(check->problem, "wrong-root", "checkpoint",
        "the entries of %s have another root hash than its checkpoint of size %" PRIu64, checkpoint->origin,
        checkpoint->size);
}

int tlog_check(const struct tlog_source *source, const struct tlog_checkpoint *checkpoint, uint64_t first_entry,
    struct tlog_checked *ret, struct problem *problem)
{
    if (source->size != checkpoint->size)
        return problem_set(problem, "wrong-size", "checkpoint",
            "the log has %" PRIu64 " entries, its checkpoint %" PRIu64, source->size, checkpoint->size);
    struct check *check = calloc(1, sizeof(*check));
    if (!check)
        return problem_set(problem, "memory", "", "no memory to check a log");
    check->source = source;
    check->first_entry = first_entry;
    check->problem = problem;
    int error = 0;
    for (uint64_t n = 0; n < tlog_tile_count(source->size, TLOG_BUNDLE) && !error; n++)
        error = check_bundle(check, n);
    if (!error)
        error = tlog_edge_partials(&check->edge, compare, check);
    if (!error)
        error = check_root(check, checkpoint);
    if (!error)
        *ret = check->checked;
    free(check);
    return error;
}
