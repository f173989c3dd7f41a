#include "tests/unit/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/problem.h"
#include "services/ingest/memory/hot.h"

static char folder[FOLDER_BYTES];
static char path[64];

static int set_up(void **state)
{
    (void)state;
    folder_make(folder);
    snprintf(path, sizeof(path), "%s/cold", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

static int open_hot(struct hot *hot, uint32_t room, struct problem *problem)
{
    return hot_reserve(hot, room, problem) || hot_open(hot, folder, problem) ? -1 : 0;
}

static void test_keeps_what_was_written(void **state)
{
    (void)state;
    struct hot hot;
    struct problem problem;
    assert_int_equal(open_hot(&hot, 1000, &problem), 0);
    assert_int_equal(hot.cold[1000].state, 0);
    hot_state_set(&hot, 1000, 79);
    hot.cold[1000].since_ms = 80;
    hot_changed(&hot, 1000);
    hot.clock->now_ms = 81;
    assert_int_equal(hot.pulse[1000].state, 79);
    assert_int_equal(hot_flush(&hot), 0);
    hot_close(&hot);
    /* More room later: what was there stays where it is. */
    assert_int_equal(open_hot(&hot, 5000, &problem), 0);
    assert_int_equal(hot.cold[1000].state + hot.cold[1000].since_ms + hot.clock->now_ms, 79 + 80 + 81);
    assert_int_equal(hot.cold[5000].state, 0);
    hot_close(&hot);
    assert_int_equal(open_hot(&hot, 1000, &problem), 0);
    assert_int_equal(hot.cold[1000].state, 79);
    hot_close(&hot);
}

static void test_writes_what_changed_until_it_is_written(void **state)
{
    (void)state;
    struct hot hot;
    struct problem problem;
    assert_int_equal(open_hot(&hot, 1000, &problem), 0);
    hot.cold[3].port = hot.cold[700].port = hot.cold[1000].port = 5;
    hot_changed(&hot, 3);
    hot_changed(&hot, 1000);
    int disk = hot.fd;
    hot.fd = open("/dev/full", O_RDWR);
    assert_int_equal(hot_flush(&hot), -1);
    assert_int_equal(errno, ENOSPC);
    close(hot.fd);
    hot.fd = disk;
    assert_int_equal(hot_flush(&hot), 0);
    hot_close(&hot);
    assert_int_equal(open_hot(&hot, 1000, &problem), 0);
    assert_int_equal(hot.cold[3].port, 5);
    assert_int_equal(hot.cold[1000].port, 5);
    assert_int_equal(hot.cold[700].port, 0); /* nobody was told */
    hot_close(&hot);
}

static void test_refuses_what_is_no_such_file(void **state)
{
    (void)state;
    struct hot hot;
    struct problem problem;
    assert_int_equal(open_hot(&hot, 1000, &problem), 0);
    hot_close(&hot);
    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, "something else", 14, 0), 14);
    close(fd);
    assert_int_equal(open_hot(&hot, 1000, &problem), -1);
    assert_string_equal(problem.code, "bad-file");
    assert_string_equal(problem.field, "cold");
}

static void test_refuses_a_file_cut_short(void **state)
{
    (void)state;
    struct hot hot;
    struct problem problem;
    assert_int_equal(open_hot(&hot, 1000, &problem), 0);
    hot_close(&hot);
    assert_int_equal(truncate(path, HOT_HEADER_BYTES + 100), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(open_hot(&hot, 1000, &problem), -1);
        assert_string_equal(problem.code, "bad-file");
    }
}

static void test_takes_disk_space_at_once(void **state)
{
    (void)state;
    struct hot hot;
    struct problem problem;
    struct stat status;
    assert_int_equal(open_hot(&hot, 100000, &problem), 0);
    assert_int_equal(stat(path, &status), 0);
    assert_true(status.st_blocks * 512 >= (blkcnt_t)(100000 * sizeof(struct cold)));
    hot_close(&hot);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_keeps_what_was_written),
        TEST(test_writes_what_changed_until_it_is_written),
        TEST(test_refuses_what_is_no_such_file),
        TEST(test_refuses_a_file_cut_short),
        TEST(test_takes_disk_space_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
