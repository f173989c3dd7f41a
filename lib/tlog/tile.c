#include "lib/tlog/tile.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "lib/problem.h"

#define GROUPS 6 /* of three digits: TLOG_SIZE_MAX / 256 has 17 */

void tlog_tile_path(const struct tlog_tile *tile, char ret[TLOG_PATH_BYTES])
{
    assert(tile->number <= TLOG_SIZE_MAX / TLOG_TILE_WIDTH);
    char number[5 * GROUPS], *at = number + sizeof(number);
    const char *end = "";
    uint64_t rest = tile->number;
    /* From the last group, which alone has no x, to the first. */
    do {
        char group[8];
        int length = snprintf(
            group, sizeof(group), "%s%03u%s", at == number + sizeof(number) ? "" : "x", (unsigned)(rest % 1000), end);
        at -= length;
        memcpy(at, group, (size_t)length);
        end = "/";
        rest /= 1000;
    } while (rest);
    int length = (int)(number + sizeof(number) - at);
    int used = tile->level == TLOG_BUNDLE ? snprintf(ret, TLOG_PATH_BYTES, "tile/entries/%.*s", length, at)
                                          : snprintf(ret, TLOG_PATH_BYTES, "tile/%d/%.*s", tile->level, length, at);
    if (tile->width < TLOG_TILE_WIDTH)
        snprintf(ret + used, TLOG_PATH_BYTES - (size_t)used, ".p/%u", tile->width);
}

static const char *read_digits(const char *at, unsigned most, uint64_t *number)
{
    for (; most && *at >= '0' && *at <= '9'; at++, most--)
        *number = *number * 10 + (uint64_t)(*at - '0');
    return at;
}

int tlog_tile_parse(const char *path, struct tlog_tile *ret)
{
    struct tlog_tile tile = { .width = TLOG_TILE_WIDTH };
    const char *at = path;
    char again[TLOG_PATH_BYTES];
    uint64_t width = 0;
    if (!strncmp(at, "tile/entries/", 13)) {
        tile.level = TLOG_BUNDLE;
        at += 13;
    } else if (!strncmp(at, "tile/", 5) && at[5] >= '0' && at[5] < '0' + TLOG_LEVELS && at[6] == '/') {
        tile.level = at[5] - '0';
        at += 7;
    } else {
        return -1;
    }
    for (int group = 1; *at == 'x' && group < GROUPS; group++) {
        at = read_digits(at + 1, 3, &tile.number);
        at += *at == '/';
    }
    at = read_digits(at, 3, &tile.number);
    if (!strncmp(at, ".p/", 3)) {
        at = read_digits(at + 3, 3, &width);
        if (width < 1 || width >= TLOG_TILE_WIDTH)
            return -1;
        tile.width = (unsigned)width;
    }
    if (!tlog_tile_width(TLOG_SIZE_MAX, tile.level, tile.number))
        return -1; /* no log grows so far */
    /* Each tile has one path: whatever was said in other words, this refuses. */
    tlog_tile_path(&tile, again);
    if (strcmp(path, again))
        return -1;
    *ret = tile;
    return 0;
}

/* Hashes on a level: complete subtrees of 256^level entries. */
static uint64_t hashes_on(uint64_t size, int level)
{
    if (level == TLOG_BUNDLE)
        level = 0;
    assert(level >= 0 && level < TLOG_LEVELS);
    return size >> 8 * level;
}

uint64_t tlog_tile_count(uint64_t size, int level)
{
    uint64_t hashes = hashes_on(size, level);
    return hashes / TLOG_TILE_WIDTH + (hashes % TLOG_TILE_WIDTH ? 1 : 0);
}

unsigned tlog_tile_width(uint64_t size, int level, uint64_t number)
{
    uint64_t hashes = hashes_on(size, level);
    if (number < hashes / TLOG_TILE_WIDTH)
        return TLOG_TILE_WIDTH;
    return number == hashes / TLOG_TILE_WIDTH ? (unsigned)(hashes % TLOG_TILE_WIDTH) : 0;
}

void tlog_subtree(const uint8_t *hashes, unsigned height, uint8_t ret[TLOG_HASH_BYTES])
{
    assert(height <= 8);
    struct tlog_tree tree = { 0 };
    for (unsigned i = 0; i < 1u << height; i++)
        tlog_append(&tree, hashes + i * TLOG_HASH_BYTES);
    memcpy(ret, tree.hashes[0], TLOG_HASH_BYTES);
}

int tlog_tile_read(
    const struct tlog_source *source, int level, uint64_t number, const uint8_t **ret, struct problem *problem)
{
    const struct tlog_tile tile = { level, tlog_tile_width(source->size, level, number), number };
    const uint8_t *hashes;
    size_t bytes;
    assert(level >= 0 && tile.width);
    if (source->read(source->arg, &tile, &hashes, &bytes, problem))
        return -1;
    if (bytes != tile.width * TLOG_HASH_BYTES && bytes != TLOG_TILE_BYTES) {
        char path[TLOG_PATH_BYTES];
        tlog_tile_path(&tile, path);
        return problem_set(problem, "bad-tile", path, "a tile of %u hashes cannot have %zu bytes", tile.width, bytes);
    }
    *ret = hashes;
    return 0;
}
