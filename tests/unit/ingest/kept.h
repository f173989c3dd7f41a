/* Agents in memory and a temporary folder, for tests of what outlives a kill. */
#ifndef INGEST_TEST_KEPT_H
#define INGEST_TEST_KEPT_H

#include "tests/unit/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/problem.h"
#include "services/ingest/memory/hot.h"

#define KEPT_ROOM 20000

struct kept {
    struct hot hot;
    char folder[FOLDER_BYTES];
};

/* Nothing in memory, as after a start; what is in the folder stays. */
static inline void kept_forget(struct kept *kept, uint32_t highest)
{
    struct problem problem;
    hot_close(&kept->hot);
    assert_int_equal(hot_reserve(&kept->hot, KEPT_ROOM, &problem), 0);
    assert_int_equal(hot_open(&kept->hot, kept->folder, &problem), 0);
    kept->hot.highest = highest;
}

static inline void kept_open(struct kept *kept, uint32_t highest)
{
    *kept = (struct kept){ 0 };
    folder_make(kept->folder);
    kept_forget(kept, highest);
}

static inline const char *kept_path(const struct kept *kept, const char *name)
{
    static char path[64];
    snprintf(path, sizeof(path), "%s/%s", kept->folder, name);
    return path;
}

static inline void kept_close(struct kept *kept)
{
    hot_close(&kept->hot);
    folder_remove(kept->folder);
}

static inline void kept_spoil(const struct kept *kept, const char *name, off_t at)
{
    int fd = open(kept_path(kept, name), O_RDWR);
    uint8_t byte;
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

#endif
