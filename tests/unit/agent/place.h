/* A fresh directory to work in, removed again; for tests of what the agent keeps on disk. */
#ifndef VEDETTE_UNIT_AGENT_PLACE_H
#define VEDETTE_UNIT_AGENT_PLACE_H

#include <sys/stat.h>

#include "lib/crypto.h"
#include "lib/files.h"
#include "tests/unit/folder.h"

static char place[FOLDER_BYTES];

static int enter_place(void **state)
{
    (void)state;
    crypto_open();
    folder_make(place);
    return chdir(place);
}

static int leave_place(void **state)
{
    (void)state;
    if (chdir("/"))
        return -1;
    folder_remove(place);
    return 0;
}

static inline void put(const char *file, const char *text, mode_t mode)
{
    assert_int_equal(file_write(file, text, strlen(text), mode, NULL), 0);
}

#define in_place(test) cmocka_unit_test_setup_teardown(test, enter_place, leave_place)

#endif
