#include <stdlib.h>
#include <sys/stat.h>

#include "services/audit/retention/retainer_inside.h"

#define SIZES_LOOKED_AT 256 /* files of a range; the others are taken to be as long on average */

static uint64_t bytes_of(const struct retainer *retainer, enum class class, uint64_t first, uint64_t end)
{
    const uint64_t n = end - first, step = n / SIZES_LOOKED_AT + 1;
    uint64_t bytes = 0, looked = 0;
    for (uint64_t i = first; i < end; i += step, looked++) {
        const struct tlog_tile bundle = { TLOG_BUNDLE, TLOG_TILE_WIDTH, i };
        char path[TLOG_PATH_BYTES];
        struct stat status;
        tlog_tile_path(&bundle, path);
        if (!fstatat(retainer->directories[class].fd, path, &status, 0))
            bytes += (uint64_t)status.st_size;
    }
    return looked ? bytes * n / looked : 0;
}

static int count_keys(
    const struct retainer *retainer, enum class class, int64_t as_of_ms, uint32_t *ret, struct problem *problem)
{
    const uint32_t from = retention_sealed_from(retainer->days[class], as_of_ms);
    uint32_t *days = NULL;
    size_t n = 0;
    if (seal_keys_days(retainer->options.keys, class, &days, &n, problem))
        return -1;
    *ret = 0;
    for (size_t i = 0; i < n; i++)
        *ret += days[i] < from;
    free(days);
    return 0;
}

/* Bundles age in their order, as audit's clock goes: the border is searched for, not walked to. */
int retainer_forecast(struct retainer *retainer, enum class class, int64_t as_of_ms, struct retention_forecast *ret,
    struct problem *problem)
{
    const uint64_t first = retainer->state.classes[class].kept_from / TLOG_TILE_WIDTH;
    const uint64_t all = retention_bundles(retainer_posted(retainer, class));
    uint64_t low = first, high = all;
    int64_t newest_ms;
    *ret = (struct retention_forecast){ 0 };
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (retainer_newest_of(retainer, class, middle, &newest_ms, problem))
            return -1;
        if (retention_is_due(newest_ms, retainer->days[class], as_of_ms))
            low = middle + 1;
        else
            high = middle;
    }
    if (first < all) {
        if (retainer_newest_of(retainer, class, first, &newest_ms, problem))
            return -1;
        ret->has_due = true;
        ret->due_ms = newest_ms + retainer->days[class] * RETENTION_DAY_MS;
    }
    ret->keeps_from = low * TLOG_TILE_WIDTH;
    ret->bytes = bytes_of(retainer, class, first, low);
    return count_keys(retainer, class, as_of_ms, &ret->keys, problem);
}
