/* The state directory as root makes it, in folders that services own. */
#include <sys/stat.h>

#include "cli/keep.h"
#include "tests/unit/folder.h"

static char folder[FOLDER_BYTES];

static int enter(void **state)
{
    (void)state;
    folder_make(folder);
    return chdir(folder);
}

static int leave(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

static mode_t mode_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return status.st_mode & 07777;
}

static int keep(const char *path, mode_t mode)
{
    const struct owner us = { geteuid(), getegid() };
    struct problem problem;
    return keep_directory(path, mode, &us, &problem);
}

static void test_what_is_missing_is_made_and_modes_are_set(void **state)
{
    (void)state;
    assert_int_equal(keep("offsite", 0711), 0);
    assert_int_equal(keep("offsite/portal", 0700), 0);
    assert_int_equal(keep("offsite/portal", 02750), 0);
    assert_int_equal(mode_of("offsite"), 0711);
    assert_int_equal(mode_of("offsite/portal"), 02750);
    assert_int_equal(keep("nowhere/portal", 0700), -1);
}

/* The portal owns offsite/portal, and puts a link there where root will look for the folder of a target. */
static void test_a_link_of_a_service_leads_root_nowhere(void **state)
{
    (void)state;
    assert_int_equal(keep("log", 0700) | keep("offsite", 0711) | keep("offsite/portal", 0711), 0);
    assert_int_equal(symlink("../../log", "offsite/portal/place"), 0);
    assert_int_equal(keep("offsite/portal/place", 02770), -1);
    assert_int_equal(keep("offsite/portal/place/vedette1", 02770), -1);
    assert_int_equal(mode_of("log"), 0700);
    assert_int_equal(access("log/vedette1", F_OK), -1);
}

static void test_a_disk_of_its_own_is_linked_by_root(void **state)
{
    (void)state;
    assert_int_equal(mkdir("disk", 0700), 0);
    assert_int_equal(symlink("disk", "log"), 0);
    assert_int_equal(keep("log", 0750), 0);
    assert_int_equal(keep("log/ops", 0700), 0);
    assert_int_equal(mode_of("disk"), 0750);
    assert_int_equal(access("disk/ops", F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_missing_is_made_and_modes_are_set, enter, leave),
        cmocka_unit_test_setup_teardown(test_a_link_of_a_service_leads_root_nowhere, enter, leave),
        cmocka_unit_test_setup_teardown(test_a_disk_of_its_own_is_linked_by_root, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
