#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/problem.h"
#include "services/ingest/hot.h"

static char folder[] = "/tmp/hot-test-XXXXXX";
static const char *const names[] = { "pulses", "cold" };

static void path_of(const char *name, char ret[64])
{
    snprintf(ret, 64, "%s/%s", folder, name);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/hot-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        char path[64];
        path_of(names[i], path);
        unlink(path);
    }
    return rmdir(folder);
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
    assert_int_equal(hot.pulse[1000].counter, 0);
    hot.pulse[1000].counter = 77;
    hot.pulse[1000].seen = 78;
    hot.pulse[1000].state = 79;
    hot.cold[1000].since_ms = 80;
    hot.clock->now_ms = 81;
    assert_int_equal(hot_flush(&hot), 0);
    hot_close(&hot);
    /* More room later: what was there stays where it is. */
    assert_int_equal(open_hot(&hot, 5000, &problem), 0);
    assert_int_equal(hot.pulse[1000].counter + hot.pulse[1000].seen + hot.pulse[1000].state + hot.cold[1000].since_ms +
                         hot.clock->now_ms,
        77 + 78 + 79 + 80 + 81);
    assert_int_equal(hot.pulse[5000].counter, 0);
    hot_close(&hot);
    assert_int_equal(open_hot(&hot, 1000, &problem), 0);
    assert_int_equal(hot.pulse[1000].counter, 77);
    hot_close(&hot);
}

static void test_refuses_what_is_no_such_file(void **state)
{
    (void)state;
    struct hot hot;
    struct problem problem;
    char path[64];
    assert_int_equal(open_hot(&hot, 1000, &problem), 0);
    hot_close(&hot);
    path_of("pulses", path);
    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, "something else", 14, 0), 14);
    close(fd);
    assert_int_equal(open_hot(&hot, 1000, &problem), -1);
    assert_string_equal(problem.code, "bad-file");
    assert_string_equal(problem.field, "pulses");
}

static void test_refuses_a_file_cut_short(void **state)
{
    (void)state;
    struct hot hot;
    struct problem problem;
    char path[64];
    assert_int_equal(open_hot(&hot, 1000, &problem), 0);
    hot_close(&hot);
    path_of("pulses", path);
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
    char path[64];
    assert_int_equal(open_hot(&hot, 100000, &problem), 0);
    path_of("cold", path);
    assert_int_equal(stat(path, &status), 0);
    assert_true(status.st_blocks * 512 >= (blkcnt_t)(100000 * sizeof(struct cold)));
    hot_close(&hot);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_keeps_what_was_written),
        TEST(test_refuses_what_is_no_such_file),
        TEST(test_refuses_a_file_cut_short),
        TEST(test_takes_disk_space_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
