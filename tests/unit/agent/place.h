/* A fresh directory to work in, removed again; for tests of what the agent keeps on disk. */
#ifndef VEDETTE_UNIT_AGENT_PLACE_H
#define VEDETTE_UNIT_AGENT_PLACE_H

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/files.h"
#include "tests/unit/unit.h"

static char place[64];

static int enter_place(void **state)
{
    (void)state;
    crypto_open();
    strcpy(place, "/tmp/vedette-agent-XXXXXX");
    return mkdtemp(place) && !chdir(place) ? 0 : -1;
}

static void remove_all(const char *directory)
{
    DIR *open_directory = opendir(directory);
    for (struct dirent *one; open_directory && (one = readdir(open_directory));) {
        char path[512];
        snprintf(path, sizeof(path), "%s/%s", directory, one->d_name);
        if (one->d_name[0] != '.' && unlink(path))
            remove_all(path);
    }
    if (open_directory)
        closedir(open_directory);
    rmdir(directory);
}

static int leave_place(void **state)
{
    (void)state;
    if (chdir("/"))
        return -1;
    remove_all(place);
    return 0;
}

static inline void put(const char *file, const char *text, mode_t mode)
{
    assert_int_equal(file_write(file, text, strlen(text), mode, NULL), 0);
}

#define in_place(test) cmocka_unit_test_setup_teardown(test, enter_place, leave_place)

#endif
