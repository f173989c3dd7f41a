#include "agent/watch/condition.h"
#include "tests/unit/unit.h"

#define EVERY_MS 1000
#define WALL_MS INT64_C(1700000000000)

/* A watch that is fed sample by sample, one a second. */
struct feed {
    struct rule rule;
    struct hold hold;
    struct condition condition;
    int64_t mono_ms;
};

static struct feed feed_of(struct rule rule)
{
    struct feed feed = { .rule = rule, .mono_ms = 5000 };
    condition_begin(&feed.condition, WALL_MS);
    return feed;
}

static const struct rule above_80_95 = {
    .side = SIDE_ABOVE,
    .warning = { true, 80, 75 },
    .critical = { true, 95, 90 },
    .after_samples = 1,
    .clear_samples = 1,
};

static bool take(struct feed *feed, struct sample sample)
{
    feed->mono_ms += EVERY_MS;
    return condition_take(&feed->rule, &feed->hold, &sample, feed->mono_ms, WALL_MS + feed->mono_ms, &feed->condition);
}

static bool take_value(struct feed *feed, uint64_t value)
{
    return take(feed, (struct sample){ .has_value = true, .value = value });
}

static bool take_level(struct feed *feed, enum level level)
{
    return take(feed, (struct sample){ .level = level });
}

static void test_thresholds_are_passed_not_reached(void **state)
{
    (void)state;
    struct feed feed = feed_of(above_80_95);
    assert_false(take_value(&feed, 80));
    assert_true(take_value(&feed, 81));
    assert_int_equal(feed.condition.level, LEVEL_WARNING);
    assert_int_equal(feed.condition.since_ms, WALL_MS + feed.mono_ms);
    assert_false(take_value(&feed, 95));
    assert_true(take_value(&feed, 96));
    assert_int_equal(feed.condition.level, LEVEL_CRITICAL);
}

static void test_clear_threshold_keeps_a_level(void **state)
{
    (void)state;
    struct feed feed = feed_of(above_80_95);
    take_value(&feed, 96);
    assert_int_equal(feed.condition.level, LEVEL_CRITICAL);
    assert_false(take_value(&feed, 91));
    assert_true(take_value(&feed, 90));
    assert_int_equal(feed.condition.level, LEVEL_WARNING);
    assert_false(take_value(&feed, 76));
    assert_false(take_value(&feed, 80));
    assert_true(take_value(&feed, 75));
    assert_int_equal(feed.condition.level, LEVEL_OK);
    assert_false(take_value(&feed, 79));
}

static void test_below(void **state)
{
    (void)state;
    struct feed feed = feed_of((struct rule){
        .side = SIDE_BELOW,
        .warning = { true, 21, 25 },
        .critical = { true, 7, 7 },
        .after_samples = 1,
        .clear_samples = 1,
    });
    assert_false(take_value(&feed, 21));
    assert_true(take_value(&feed, 20));
    assert_false(take_value(&feed, 24));
    assert_true(take_value(&feed, 6));
    assert_int_equal(feed.condition.level, LEVEL_CRITICAL);
    assert_true(take_value(&feed, 24));
    assert_int_equal(feed.condition.level, LEVEL_WARNING);
    assert_true(take_value(&feed, 25));
    assert_int_equal(feed.condition.level, LEVEL_OK);
}

static void test_wavering_changes_nothing(void **state)
{
    (void)state;
    struct rule rule = above_80_95;
    rule.after_samples = 3;
    struct feed feed = feed_of(rule);
    for (int i = 0; i < 100; i++)
        assert_false(take_value(&feed, i % 3 == 2 ? 70 : 99));
    assert_int_equal(feed.condition.level, LEVEL_OK);
}

static void test_samples_in_a_row(void **state)
{
    (void)state;
    struct rule rule = above_80_95;
    rule.after_samples = 3;
    rule.clear_samples = 2;
    struct feed feed = feed_of(rule);
    assert_false(take_value(&feed, 85));
    assert_false(take_value(&feed, 85));
    assert_true(take_value(&feed, 85));
    assert_false(take_value(&feed, 70));
    assert_false(take_value(&feed, 85));
    assert_false(take_value(&feed, 70));
    assert_true(take_value(&feed, 70));
    assert_int_equal(feed.condition.level, LEVEL_OK);
}

static void test_streak_moves_to_what_all_bear_out(void **state)
{
    (void)state;
    struct rule rule = above_80_95;
    rule.after_samples = 3;
    rule.clear_samples = 2;
    struct feed feed = feed_of(rule);
    take_value(&feed, 85);
    take_value(&feed, 99);
    assert_true(take_value(&feed, 99));
    assert_int_equal(feed.condition.level, LEVEL_WARNING);
    /* The last sample was the first of three that are critical. */
    assert_false(take_value(&feed, 99));
    assert_true(take_value(&feed, 99));
    assert_int_equal(feed.condition.level, LEVEL_CRITICAL);
    assert_false(take_value(&feed, 10));
    assert_true(take_value(&feed, 85));
    assert_int_equal(feed.condition.level, LEVEL_WARNING);
}

static void test_seconds(void **state)
{
    (void)state;
    struct rule rule = above_80_95;
    rule.after_ms = 5 * EVERY_MS;
    struct feed feed = feed_of(rule);
    for (int i = 0; i < 5; i++)
        assert_false(take_value(&feed, 99));
    assert_true(take_value(&feed, 99));
    assert_true(take_value(&feed, 1)); /* it gets better at once */
}

static void test_down_without_threshold(void **state)
{
    (void)state;
    struct feed feed = feed_of((struct rule){ .after_samples = 2, .clear_samples = 1 });
    assert_false(take_value(&feed, 1000000));
    assert_false(take_level(&feed, LEVEL_CRITICAL));
    assert_true(take_level(&feed, LEVEL_CRITICAL));
    assert_int_equal(feed.condition.level, LEVEL_CRITICAL);
    assert_true(take_value(&feed, 12));
}

static void test_script_says_warning_and_value_more(void **state)
{
    (void)state;
    struct feed feed = feed_of(above_80_95);
    assert_true(take(&feed, (struct sample){ .has_value = true, .value = 10, .level = LEVEL_WARNING }));
    assert_int_equal(feed.condition.level, LEVEL_WARNING);
    assert_true(take(&feed, (struct sample){ .has_value = true, .value = 99, .level = LEVEL_WARNING }));
    assert_int_equal(feed.condition.level, LEVEL_CRITICAL);
}

static void test_unknown(void **state)
{
    (void)state;
    struct rule rule = above_80_95;
    rule.after_samples = 2;
    struct feed feed = feed_of(rule);
    assert_false(take_level(&feed, LEVEL_UNKNOWN));
    assert_false(take_value(&feed, 1));
    assert_false(take_level(&feed, LEVEL_UNKNOWN));
    assert_true(take_level(&feed, LEVEL_UNKNOWN));
    assert_int_equal(feed.condition.level, LEVEL_UNKNOWN);
    /* Back to what is known: well at once, bad as from anywhere else. */
    assert_false(take_value(&feed, 99));
    assert_true(take_value(&feed, 85));
    assert_int_equal(feed.condition.level, LEVEL_WARNING);
    take_level(&feed, LEVEL_UNKNOWN);
    assert_true(take_level(&feed, LEVEL_UNKNOWN));
    assert_true(take_value(&feed, 1));
    assert_int_equal(feed.condition.level, LEVEL_OK);
}

static void test_better_is_no_unknown(void **state)
{
    (void)state;
    struct rule rule = above_80_95;
    rule.clear_samples = 2;
    struct feed feed = feed_of(rule);
    take_value(&feed, 99);
    assert_false(take_value(&feed, 1));
    assert_true(take_level(&feed, LEVEL_UNKNOWN));
    assert_int_equal(feed.condition.level, LEVEL_UNKNOWN);
}

static void test_maintenance_holds_and_forgets(void **state)
{
    (void)state;
    struct rule rule = above_80_95;
    rule.after_samples = 3;
    struct feed feed = feed_of(rule);
    feed.hold.maintenance = true;
    for (int i = 0; i < 10; i++)
        assert_false(take_value(&feed, 99));
    assert_true(feed.condition.held);
    feed.hold.maintenance = false;
    assert_false(take_value(&feed, 99));
    assert_false(feed.condition.held);
    assert_false(take_value(&feed, 99));
    assert_true(take_value(&feed, 99));
}

static void test_maintenance_lets_it_get_better(void **state)
{
    (void)state;
    struct feed feed = feed_of(above_80_95);
    take_value(&feed, 99);
    feed.hold.maintenance = true;
    assert_true(take_value(&feed, 1));
    assert_int_equal(feed.condition.level, LEVEL_OK);
}

static void test_dependency(void **state)
{
    (void)state;
    struct rule rule = above_80_95;
    rule.after_samples = 2;
    struct feed feed = feed_of(rule);
    feed.hold = (struct hold){ .depends = true, .well_ms = feed.mono_ms };
    /* The other was well before this began, and was not looked at since. */
    assert_false(take_value(&feed, 99));
    assert_false(take_value(&feed, 99));
    assert_true(feed.condition.held);
    feed.hold.well_ms = -1;
    assert_false(take_value(&feed, 99));
    feed.hold.well_ms = feed.mono_ms;
    assert_true(take_value(&feed, 99));
    assert_int_equal(feed.condition.level, LEVEL_CRITICAL);
    feed.hold.well_ms = -1;
    assert_true(take_value(&feed, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thresholds_are_passed_not_reached),
        cmocka_unit_test(test_clear_threshold_keeps_a_level),
        cmocka_unit_test(test_below),
        cmocka_unit_test(test_wavering_changes_nothing),
        cmocka_unit_test(test_samples_in_a_row),
        cmocka_unit_test(test_streak_moves_to_what_all_bear_out),
        cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_down_without_threshold),
        cmocka_unit_test(test_script_says_warning_and_value_more),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_better_is_no_unknown),
        cmocka_unit_test(test_maintenance_holds_and_forgets),
        cmocka_unit_test(test_maintenance_lets_it_get_better),
        cmocka_unit_test(test_dependency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
