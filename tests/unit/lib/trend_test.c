#include "lib/trend.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/problem.h"
#include "tests/unit/folder.h"

#define BEGIN_S INT64_C(1700002800) /* a multiple of five minutes, and of an hour */

static char folder[FOLDER_BYTES], path[80];

static int enter(void **state)
{
    (void)state;
    folder_make(folder);
    snprintf(path, sizeof(path), "%s/cpu", folder);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

static void add(int64_t from_s, double lowest, double mean, double highest)
{
    struct problem problem = { 0 };
    const struct trend_point point = { from_s, lowest, mean, highest };
    if (trend_add(path, 60, &point, 1, &problem))
        fail_msg("%s", problem.reason);
}

static struct trend all(int64_t from_s, int64_t to_s, int64_t now_s)
{
    struct trend trend;
    struct problem problem = { 0 };
    if (trend_read(path, from_s, to_s, now_s, &trend, &problem))
        fail_msg("%s", problem.reason);
    return trend;
}

static void test_fine(void **state)
{
    (void)state;
    for (int i = 0; i < 12; i++)
        add(BEGIN_S + i * TREND_SLOT_S, i, i + 10, i + 20);
    struct trend trend = all(BEGIN_S, BEGIN_S + TREND_HOUR_S, BEGIN_S + TREND_HOUR_S);
    assert_int_equal(trend.step_s, TREND_SLOT_S);
    assert_true(trend.n >= 12);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(trend.points[i].from_s, BEGIN_S + i * TREND_SLOT_S);
        assert_float_equal(trend.points[i].lowest, i, 0.01);
        assert_float_equal(trend.points[i].mean, i + 10, 0.01);
        assert_float_equal(trend.points[i].highest, i + 20, 0.01);
    }
    free(trend.points);
}

static void test_hours(void **state)
{
    (void)state;
    for (int i = 0; i < 24; i++)
        add(BEGIN_S + i * TREND_SLOT_S, i, i + 10, i + 20);
    int64_t later_s = BEGIN_S + 60 * 86400;
    struct trend trend = all(BEGIN_S, BEGIN_S + 2 * TREND_HOUR_S, later_s);
    assert_int_equal(trend.step_s, TREND_HOUR_S);
    assert_true(trend.n >= 2);
    assert_int_equal(trend.points[1].from_s, BEGIN_S + TREND_HOUR_S);
    assert_float_equal(trend.points[1].lowest, 12, 0.01);
    assert_float_equal(trend.points[1].mean, 27.5, 0.01);
    assert_float_equal(trend.points[1].highest, 43, 0.01);
    free(trend.points);
}

static void test_gaps_are_not_known(void **state)
{
    (void)state;
    add(BEGIN_S, 1, 1, 1);
    add(BEGIN_S + 20 * TREND_SLOT_S, 2, 2, 2);
    struct trend trend = all(BEGIN_S, BEGIN_S + 21 * TREND_SLOT_S, BEGIN_S + 21 * TREND_SLOT_S);
    assert_float_equal(trend.points[0].mean, 1, 0.01);
    assert_true(isnan(trend.points[10].mean));
    free(trend.points);
}

static void test_repeats_and_old_ones_do_nothing(void **state)
{
    (void)state;
    add(BEGIN_S, 1, 1, 1);
    add(BEGIN_S + TREND_SLOT_S, 2, 2, 2);
    add(BEGIN_S + TREND_SLOT_S, 9, 9, 9);
    add(BEGIN_S, 9, 9, 9);
    struct trend trend = all(BEGIN_S, BEGIN_S + 600, BEGIN_S + 600);
    assert_float_equal(trend.points[0].mean, 1, 0.01);
    assert_float_equal(trend.points[1].mean, 2, 0.01);
    free(trend.points);
}

static void test_files_do_not_grow(void **state)
{
    (void)state;
    char name[128];
    struct stat first, last;
    struct trend_point *points = calloc(5000, sizeof(*points));
    add(BEGIN_S, 1, 1, 1);
    snprintf(name, sizeof(name), "%s.mean.rrd", path);
    assert_int_equal(stat(name, &first), 0);
    assert_in_range(first.st_size, 70000, 90000);
    for (int i = 0; i < 5000; i++)
        points[i] = (struct trend_point){ BEGIN_S + (i + 1) * INT64_C(300), i, i, i };
    assert_int_equal(trend_add(path, 60, points, 5000, NULL), 0);
    assert_int_equal(stat(name, &last), 0);
    assert_int_equal(first.st_size, last.st_size);
    free(points);
}

static void test_nothing_yet(void **state)
{
    (void)state;
    assert_int_equal(all(BEGIN_S, BEGIN_S + 600, BEGIN_S + 600).n, 0);
    assert_int_equal(trend_add("/nonexistent/folder/x", 60, &(struct trend_point){ BEGIN_S, 1, 1, 1 }, 1, NULL), -1);
}

#define on_disk(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        on_disk(test_fine),
        on_disk(test_hours),
        on_disk(test_gaps_are_not_known),
        on_disk(test_repeats_and_old_ones_do_nothing),
        on_disk(test_files_do_not_grow),
        on_disk(test_nothing_yet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
