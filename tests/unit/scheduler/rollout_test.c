#include "tests/unit/unit.h"

#include "services/scheduler/delivery/rollout.h"

static void test_rings_by_place(void **state)
{
    (void)state;
    const struct rollout rollout = { .canary = 2, .ring = 3 };
    static const uint32_t rings[] = { 0, 0, 1, 1, 1, 2, 2, 2, 3 };
    for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++)
        assert_int_equal(rollout_ring(&rollout, i), rings[i]);
}

static void test_without_a_canary_the_first_ring_is_0(void **state)
{
    (void)state;
    const struct rollout rollout = { .ring = 2 };
    assert_int_equal(rollout_ring(&rollout, 0), 0);
    assert_int_equal(rollout_ring(&rollout, 2), 1);
}

static void test_without_rings_all_go_at_once(void **state)
{
    (void)state;
    const struct rollout none = { 0 }, canary = { .canary = 1 };
    assert_int_equal(rollout_ring(&none, 99999), 0);
    assert_int_equal(rollout_ring(&canary, 0), 0);
    assert_int_equal(rollout_ring(&canary, 99999), 1);
}

static void test_a_small_ring_waits_for_all(void **state)
{
    (void)state;
    const struct rollout rollout = { .canary = 5, .ring = 100, .stop_failures = 2 };
    struct rollout_seen seen = { .out = 5, .open = 1 };
    assert_int_equal(rollout_judge(&rollout, &seen), ROLLOUT_WAIT);
    seen.open = 0;
    assert_int_equal(rollout_judge(&rollout, &seen), ROLLOUT_NEXT);
}

static void test_a_tenth_may_be_silent_but_nothing_may_run(void **state)
{
    (void)state;
    const struct rollout rollout = { .ring = 100 };
    struct rollout_seen seen = { .out = 100, .open = 11 };
    assert_int_equal(rollout_judge(&rollout, &seen), ROLLOUT_WAIT);
    seen.open = 10;
    assert_int_equal(rollout_judge(&rollout, &seen), ROLLOUT_NEXT);
    seen.begun = 1;
    assert_int_equal(rollout_judge(&rollout, &seen), ROLLOUT_WAIT);
}

static void test_failures_stop_it_at_once(void **state)
{
    (void)state;
    const struct rollout rollout = { .canary = 5, .stop_failures = 2 };
    struct rollout_seen seen = { .out = 5, .open = 3, .begun = 3, .failed = 1 };
    assert_int_equal(rollout_judge(&rollout, &seen), ROLLOUT_WAIT);
    seen.failed = 2;
    assert_int_equal(rollout_judge(&rollout, &seen), ROLLOUT_STOP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rings_by_place),
        cmocka_unit_test(test_without_a_canary_the_first_ring_is_0),
        cmocka_unit_test(test_without_rings_all_go_at_once),
        cmocka_unit_test(test_a_small_ring_waits_for_all),
        cmocka_unit_test(test_a_tenth_may_be_silent_but_nothing_may_run),
        cmocka_unit_test(test_failures_stop_it_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
