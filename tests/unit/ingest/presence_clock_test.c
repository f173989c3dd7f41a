#include "tests/unit/unit.h"

#include "services/ingest/presence/clock.h"

#define WALL 1700000000000
#define MONO 5000000

static struct presence_clock_saved saved;
static struct presence_clock presence_clock;
static int64_t mono_ms, wall_ms;

static int set_up(void **state)
{
    (void)state;
    saved = (struct presence_clock_saved){ 0 };
    mono_ms = MONO;
    wall_ms = WALL;
    presence_clock_resume(&presence_clock, &saved, mono_ms, wall_ms);
    return 0;
}

static void pass(int64_t ms, int64_t step_ms)
{
    for (int64_t end = mono_ms + ms; mono_ms < end;) {
        mono_ms += step_ms;
        wall_ms += step_ms;
        presence_clock_advance(&presence_clock, mono_ms, wall_ms);
    }
}

static void test_counts_ticks(void **state)
{
    (void)state;
    pass(60000, 5);
    assert_int_equal(presence_clock_tick(&presence_clock), 60000 / TICK_MS);
}

static void test_stands_still_while_down(void **state)
{
    (void)state;
    pass(10000, 100);
    uint16_t seen = (uint16_t)presence_clock_tick(&presence_clock);
    int64_t seen_wall = wall_ms;
    struct presence_clock_saved kept = saved;
    wall_ms += 3600000;
    presence_clock_resume(&presence_clock, &kept, 17, wall_ms);
    mono_ms = 17;
    assert_int_equal(presence_clock_tick(&presence_clock), 10000 / TICK_MS + 1);
    pass(2000, 100);
    /* What was seen an hour before is still shown as seen then. */
    assert_int_equal(presence_clock_wall(&presence_clock, seen), seen_wall);
    assert_int_equal(presence_clock_wall(&presence_clock, (uint16_t)presence_clock_tick(&presence_clock)), wall_ms);
}

static void test_nobody_is_judged_before_all_could_be_heard_again(void **state)
{
    (void)state;
    assert_int_equal(presence_clock_limits(&presence_clock, 1000).late, UINT16_MAX);
    pass(17500, 100);
    assert_int_equal(presence_clock_limits(&presence_clock, 1000).offline, UINT16_MAX);
    pass(1000, 100);
    assert_int_equal(presence_clock_limits(&presence_clock, 1000).late, 161);
    assert_int_equal(presence_clock_limits(&presence_clock, 1000).offline, 361);
}

static void test_stands_still_while_stalled(void **state)
{
    (void)state;
    pass(30000, 100);
    uint64_t tick = presence_clock_tick(&presence_clock);
    pass(1126, 1126);
    assert_int_equal(presence_clock_tick(&presence_clock), tick + 1);
    assert_int_equal(presence_clock_limits(&presence_clock, 1000).offline, UINT16_MAX);
    pass(1000, 1000);
    assert_int_equal(presence_clock_tick(&presence_clock), tick + 9);
    /* Stalled again before anybody was judged, and again: that can be told. */
    int64_t judged_ms = presence_clock.judged_ms;
    for (int stall = 0; stall < 5; stall++) {
        pass(2000, 2000);
        pass(17000, 100);
    }
    assert_int_equal(presence_clock.judged_ms, judged_ms);
    pass(2000, 100);
    assert_int_equal(presence_clock.judged_ms, saved.now_ms);
}

static void test_waits_longer_while_losing(void **state)
{
    (void)state;
    pass(30000, 100);
    uint64_t tick = presence_clock_tick(&presence_clock);
    presence_clock_heard(&presence_clock, 999999, 1);
    /* Of a thousand agents one loses a beat in a thousand such periods: twice in a row, none. */
    assert_int_equal(presence_clock_limits(&presence_clock, 1000).late, 161);
    presence_clock_heard(&presence_clock, 0, 1000000);
    /* Half of all: twenty in a row would be chance in one agent of a million, but only now is anything lost. */
    assert_int_equal(presence_clock_limits(&presence_clock, 1000).late, 35 * 8 + 1);
    assert_int_equal(presence_clock_limits(&presence_clock, 1000).offline, 361);
    for (int second = 0; second < 600; second++) {
        pass(1000, 100);
        presence_clock_heard(&presence_clock, 1000, 1000);
    }
    assert_int_equal(presence_clock_limits(&presence_clock, 1000).late, 305 * 8 + 1);
    assert_int_equal(presence_clock_limits(&presence_clock, 1000).offline, 315 * 8 + 1);
    assert_int_equal(presence_clock_limits(&presence_clock, 1000).updating, 4801);
    assert_int_equal(presence_clock_tick(&presence_clock), tick + 600 * 8);
    pass(17000, 100);
    assert_int_equal(presence_clock_limits(&presence_clock, 1000).late, 161);
}

static void test_wall_clock_set_changes_nothing(void **state)
{
    (void)state;
    pass(30000, 100);
    uint64_t tick = presence_clock_tick(&presence_clock);
    wall_ms -= 3600000;
    pass(1000, 100);
    assert_int_equal(presence_clock_tick(&presence_clock), tick + 8);
    struct presence_clock_saved kept = saved;
    presence_clock_resume(&presence_clock, &kept, mono_ms, wall_ms - 3600000);
    assert_int_equal(presence_clock_tick(&presence_clock), tick + 8);
    assert_int_equal(kept.n_pauses, saved.n_pauses);
}

static void test_many_pauses_are_merged(void **state)
{
    (void)state;
    pass(30000, 100);
    uint16_t seen = (uint16_t)presence_clock_tick(&presence_clock);
    int64_t seen_wall = wall_ms;
    for (int i = 0; i < 100; i++) {
        pass(2000, 2000);
        pass(250, 50);
    }
    assert_int_equal(saved.n_pauses, PAUSES_MAX);
    assert_true(presence_clock_sane(&saved));
    assert_int_equal(presence_clock_wall(&presence_clock, seen), seen_wall);
}

static void test_knows_a_damaged_clock(void **state)
{
    (void)state;
    pass(5000, 5000);
    assert_true(presence_clock_sane(&saved));
    const struct presence_clock_saved good = saved;
    saved.now_ms = -1;
    assert_false(presence_clock_sane(&saved));
    saved = good;
    saved.n_pauses = PAUSES_MAX + 1;
    assert_false(presence_clock_sane(&saved));
    saved = good;
    saved.pauses[0].length_ms = INT64_MAX;
    assert_false(presence_clock_sane(&saved));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_counts_ticks, set_up),
        cmocka_unit_test_setup(test_stands_still_while_down, set_up),
        cmocka_unit_test_setup(test_nobody_is_judged_before_all_could_be_heard_again, set_up),
        cmocka_unit_test_setup(test_stands_still_while_stalled, set_up),
        cmocka_unit_test_setup(test_waits_longer_while_losing, set_up),
        cmocka_unit_test_setup(test_wall_clock_set_changes_nothing, set_up),
        cmocka_unit_test_setup(test_many_pauses_are_merged, set_up),
        cmocka_unit_test_setup(test_knows_a_damaged_clock, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
