/* Any text as the path of a tile: what is understood has this one path. */
#include "tests/fuzz/fuzz.h"

#include "lib/tlog/tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *path = strndup((const char *)data, size), again[TLOG_PATH_BYTES];
    struct tlog_tile tile;
    if (!tlog_tile_parse(path, &tile)) {
        tlog_tile_path(&tile, again);
        if (strcmp(path, again) || tile.width < 1 || tile.width > TLOG_TILE_WIDTH || tile.level < TLOG_BUNDLE ||
            tile.level >= TLOG_LEVELS)
            abort();
    }
    free(path);
    return 0;
}
