/* A folder of the test's own, in /tmp, that goes with all that is in it. */
#ifndef VEDETTE_UNIT_FOLDER_H
#define VEDETTE_UNIT_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#define FOLDER_BYTES 32

static inline void folder_make(char ret[FOLDER_BYTES])
{
    strcpy(ret, "/tmp/vedette-unit-XXXXXX");
    assert_non_null(mkdtemp(ret));
}

static inline int folder_remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return remove(path);
}

static inline void folder_remove(const char *folder)
{
    assert_int_equal(nftw(folder, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

#endif
