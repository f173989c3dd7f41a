#include "services/audit/tiles/tiles.h"

#include <stdlib.h>
#include <string.h>

#include "lib/tlog/bundle.h"
#include "lib/tlog/directory.h"

#define LEFTOVERS_LOOKED_AT 1024 /* full tiles, newest first, whose partial ones a kill may have left behind */

static int differs(const struct tiles *tiles, uint64_t size, struct problem *problem)
{
    return problem_set(problem, "log-damaged", tiles->files.directory,
        "%s: the tree of %llu entries is not the one that its checkpoint is signed for", tiles->files.directory,
        (unsigned long long)size);
}

static bool has_root(const struct tlog_tree *tree, const uint8_t root[TLOG_HASH_BYTES])
{
    uint8_t ours[TLOG_HASH_BYTES];
    tlog_root(tree, ours);
    return !memcmp(ours, root, sizeof(ours));
}

/* The entries under the partial tile of level 0, each against its leaf hash there. */
static int load_bundle(struct tiles *tiles, const struct tlog_source *source, struct problem *problem)
{
    const unsigned width = (unsigned)(source->size % TLOG_TILE_WIDTH);
    const struct tlog_tile tile = { TLOG_BUNDLE, width, source->size / TLOG_TILE_WIDTH };
    struct tlog_entry entries[TLOG_TILE_WIDTH];
    const uint8_t *data;
    size_t bytes;
    unsigned count;
    if (source->read(source->arg, &tile, &data, &bytes, problem) ||
        tlog_bundle_parse(data, bytes, entries, &count, problem))
        return -1;
    for (unsigned i = 0; i < width; i++) {
        uint8_t leaf[TLOG_HASH_BYTES];
        if (i < count)
            tlog_leaf(entries[i].data, entries[i].bytes, leaf);
        if (i >= count || memcmp(leaf, tiles->edge.tiles[0][i], sizeof(leaf)))
            return problem_set(problem, "log-damaged", tiles->files.directory,
                "%s: entry %u of bundle %llu is not the one that was logged", tiles->files.directory, i,
                (unsigned long long)tile.number);
        if (tlog_bundle_append(&tiles->bundle, entries[i].data, entries[i].bytes))
            return problem_set(problem, "no-memory", "", "no memory for a bundle");
    }
    return 0;
}

/* The tree as the checkpoint has it. */
static int load_whole(struct tiles *tiles, struct tlog_directory *directory, struct problem *problem)
{
    struct tlog_source source = tlog_directory_source(directory, tiles->posted.size);
    if (tlog_edge_load(&tiles->edge, &source, problem))
        return -1;
    if (!has_root(&tiles->edge.tree, tiles->posted.root))
        return differs(tiles, source.size, problem);
    return source.size % TLOG_TILE_WIDTH ? load_bundle(tiles, &source, problem) : 0;
}

/* The tree up to the last full tile. What is appended then is checked when it reaches the checkpoint's size. */
static int load_full(struct tiles *tiles, struct tlog_directory *directory, struct problem *problem)
{
    struct tlog_source source =
        tlog_directory_source(directory, tiles->posted.size - tiles->posted.size % TLOG_TILE_WIDTH);
    buf_clear(&tiles->bundle);
    return tlog_edge_load(&tiles->edge, &source, problem);
}

static int load(
    struct tiles *tiles, struct tlog_directory *directory, const struct tlog_vkey *key, struct problem *problem)
{
    char *text;
    size_t bytes;
    struct problem found;
    if (tlog_directory_text(directory, "checkpoint", TLOG_NOTE_BYTES, &text, &bytes, &found)) {
        if (!strcmp(found.code, "absent"))
            return 0;
        *problem = found;
        return -1;
    }
    int error = tlog_checkpoint_open(text, bytes, key, &tiles->posted, NULL, &found);
    free(text);
    if (error)
        return problem_set(
            problem, found.code, tiles->files.directory, "%s/checkpoint: %.180s", tiles->files.directory, found.reason);
    tiles->has_checkpoint = true;
    if (!load_whole(tiles, directory, &tiles->damage))
        return 0;
    tiles->torn = true;
    if (tiles->posted.size % TLOG_TILE_WIDTH && !load_full(tiles, directory, &found))
        return 0;
    return problem_set(problem, "log-damaged", tiles->files.directory, "%s, of %llu entries: %.180s",
        tiles->files.directory, (unsigned long long)tiles->posted.size, tiles->damage.reason);
}

/* A full tile of the level stands for 2^shift entries. That of the topmost level will never be full. */
static unsigned shift_of(int level)
{
    return 8 * (unsigned)((level == TLOG_BUNDLE ? 0 : level) + 1);
}

/* A kill between a checkpoint and the end of the old partial tiles leaves them; a little later they are nobody's. */
static void drop_leftovers(struct tiles *tiles)
{
    for (int level = TLOG_BUNDLE; level < TLOG_LEVELS - 1; level++) {
        uint64_t full = tiles->posted.size >> shift_of(level);
        for (uint64_t i = 0; i < full && i < LEFTOVERS_LOOKED_AT; i++)
            tile_files_drop_partials(&tiles->files, level, full - 1 - i);
    }
}

int tiles_open(struct tiles *tiles, const char *directory, const struct tlog_vkey *key, struct problem *problem)
{
    struct tlog_directory reader;
    memset(tiles, 0, sizeof(*tiles));
    tiles->bundle.limit_bytes = TLOG_BUNDLE_BYTES;
    if (tile_files_open(directory, &tiles->files, problem))
        return -1;
    if (tlog_directory_open(directory, &reader, problem)) {
        tiles_close(tiles);
        return -1;
    }
    int error = load(tiles, &reader, key, problem);
    tlog_directory_close(&reader);
    if (error)
        tiles_close(tiles);
    else
        drop_leftovers(tiles);
    return error;
}

void tiles_close(struct tiles *tiles)
{
    tile_files_close(&tiles->files);
    buf_free(&tiles->bundle);
}

uint64_t tiles_size(const struct tiles *tiles)
{
    return tiles->edge.tree.size;
}

/* What tlog_edge hands tiles to. */
struct writing {
    struct tiles *tiles;
    struct problem *problem;
};

static int write_full(void *arg, const struct tlog_tile *tile, const uint8_t *hashes)
{
    const struct writing *writing = arg;
    return tile_files_write(&writing->tiles->files, tile, hashes, TLOG_TILE_BYTES, writing->problem);
}

int tiles_append(struct tiles *tiles, const void *entry, size_t bytes, struct problem *problem)
{
    uint8_t leaf[TLOG_HASH_BYTES];
    struct writing writing = { tiles, problem };
    tlog_leaf(entry, bytes, leaf);
    if (tlog_bundle_append(&tiles->bundle, entry, bytes))
        return problem_set(problem, "no-memory", "", "no memory for a bundle");
    if (tlog_edge_append(&tiles->edge, leaf, write_full, &writing))
        return -1;
    uint64_t size = tiles->edge.tree.size;
    if (size % TLOG_TILE_WIDTH == 0) {
        const struct tlog_tile full = { TLOG_BUNDLE, TLOG_TILE_WIDTH, size / TLOG_TILE_WIDTH - 1 };
        if (tile_files_write(&tiles->files, &full, tiles->bundle.data, tiles->bundle.length, problem))
            return -1;
        buf_clear(&tiles->bundle);
    }
    if ((size == tiles->posted.size && !has_root(&tiles->edge.tree, tiles->posted.root)) ||
        (size == tiles->known.size && !has_root(&tiles->edge.tree, tiles->known.root)))
        return differs(tiles, size, problem);
    return 0;
}

/* A partial tile that the old checkpoint covers as well stays as it is: nobody may find it half written. */
static int write_partial(void *arg, const struct tlog_tile *tile, const uint8_t *hashes)
{
    const struct writing *writing = arg;
    struct tiles *tiles = writing->tiles;
    if (!tiles->torn && tlog_tile_width(tiles->posted.size, tile->level, tile->number) == tile->width)
        return 0;
    return tile_files_write(&tiles->files, tile, hashes, tile->width * TLOG_HASH_BYTES, writing->problem);
}

static int write_partials(struct tiles *tiles, struct problem *problem)
{
    struct writing writing = { tiles, problem };
    uint64_t size = tiles->edge.tree.size;
    const struct tlog_tile bundle = { TLOG_BUNDLE, (unsigned)(size % TLOG_TILE_WIDTH), size / TLOG_TILE_WIDTH };
    if (tlog_edge_partials(&tiles->edge, write_partial, &writing))
        return -1;
    return bundle.width ? tile_files_write(&tiles->files, &bundle, tiles->bundle.data, tiles->bundle.length, problem)
                        : 0;
}

/* What was partial under the old checkpoint and is full under the new one. */
static void drop_partials(struct tiles *tiles, uint64_t old_size, uint64_t size)
{
    for (int level = TLOG_BUNDLE; level < TLOG_LEVELS - 1; level++) {
        unsigned shift = shift_of(level);
        if (old_size >> shift < size >> shift)
            tile_files_drop_partials(&tiles->files, level, old_size >> shift);
    }
}

bool tiles_is_posted(const struct tiles *tiles, const struct signed_checkpoint *checkpoint)
{
    return tiles->has_checkpoint && checkpoint->size == tiles->posted.size && !tiles->torn;
}

int tiles_post(struct tiles *tiles, const struct signed_checkpoint *checkpoint, struct problem *problem)
{
    const uint64_t old_size = tiles->posted.size;
    if (tiles_is_posted(tiles, checkpoint))
        return 0;
    if (checkpoint->size != tiles->edge.tree.size || !has_root(&tiles->edge.tree, checkpoint->root))
        return differs(tiles, tiles->edge.tree.size, problem);
    if (write_partials(tiles, problem) || tile_files_sync(&tiles->files, problem) ||
        tile_files_replace(&tiles->files, "checkpoint", checkpoint->text, checkpoint->bytes, problem))
        return -1;
    tiles->has_checkpoint = true;
    tiles->torn = false;
    tiles->posted.size = checkpoint->size;
    memcpy(tiles->posted.root, checkpoint->root, sizeof(tiles->posted.root));
    drop_partials(tiles, old_size, checkpoint->size);
    return 0;
}
