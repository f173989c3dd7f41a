#include "agent/watch/measure.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "agent/watch/condition.h"

static void found(struct sample *ret, enum level level, const char *reason)
{
    *ret = (struct sample){ .level = level };
    snprintf(ret->reason, sizeof(ret->reason), "%s", reason);
}

void measure_missing(int error, struct sample *ret)
{
    found(ret, error == ENOENT || error == ENOTDIR ? LEVEL_CRITICAL : LEVEL_UNKNOWN, strerror(error));
}

/* As df counts: what is kept for root is neither used nor free. */
void measure_disk(int fd, int64_t wall_ms, struct sample *ret)
{
    (void)wall_ms;
    struct statvfs size;
    if (fstatvfs(fd, &size)) {
        found(ret, LEVEL_UNKNOWN, strerror(errno));
        return;
    }
    uint64_t used = size.f_blocks - size.f_bfree, all = used + size.f_bavail;
    if (!all) {
        found(ret, LEVEL_UNKNOWN, "this file system has no size");
        return;
    }
    *ret = (struct sample){ .has_value = true, .value = (uint64_t)((double)used * 100000 / (double)all + 0.5) };
}

void measure_age(int fd, int64_t wall_ms, struct sample *ret)
{
    struct stat file;
    if (fstat(fd, &file)) {
        found(ret, LEVEL_UNKNOWN, strerror(errno));
        return;
    }
    int64_t changed_ms = file.st_mtim.tv_sec * INT64_C(1000) + file.st_mtim.tv_nsec / 1000000;
    /* One from the future is as young as can be. */
    *ret = (struct sample){ .has_value = true, .value = changed_ms < wall_ms ? (uint64_t)(wall_ms - changed_ms) : 0 };
}
