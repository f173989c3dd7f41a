#include "agent/plan.h"
#include "tests/unit/unit.h"

#define NOW 1000000
#define MOST UINT32_MAX

static void test_start_is_spread(void **state)
{
    (void)state;
    struct plan plan;
    plan_start(&plan, NOW, 0);
    assert_int_equal(plan.due_ms, NOW);
    plan_start(&plan, NOW, MOST);
    assert_true(plan.due_ms > NOW + PLAN_START_MS - 2 && plan.due_ms <= NOW + PLAN_START_MS);
}

static void test_polls_often_until_wakes_arrive(void **state)
{
    (void)state;
    struct plan plan;
    plan_start(&plan, NOW, 0);
    plan_begun(&plan, NOW);
    plan_delivered(&plan, NOW, 0);
    assert_int_equal(plan.due_ms, NOW + PLAN_POLL_MS * 3 / 4);

    plan_wake(&plan, NOW + 5000, MOST);
    assert_true(plan.due_ms <= NOW + 5000 + PLAN_WOKEN_MS);
    plan_begun(&plan, NOW + 5100);
    plan_delivered(&plan, NOW + 5200, MOST);
    assert_true(plan.due_ms > NOW + PLAN_SELDOM_MS);

    /* The network complains: what was proved holds no longer. */
    plan_lost(&plan, NOW + 100000, MOST);
    assert_true(plan.due_ms <= NOW + 100000 + PLAN_RETRY_MS * 5 / 4);
    plan_begun(&plan, NOW + 110000);
    plan_delivered(&plan, NOW + 110000, MOST);
    assert_true(plan.due_ms <= NOW + 110000 + PLAN_POLL_MS * 5 / 4);
}

static void test_wakes_do_not_hurry_us_beyond_one_a_second(void **state)
{
    (void)state;
    struct plan plan;
    plan_start(&plan, NOW, 0);
    plan_begun(&plan, NOW);
    plan_delivered(&plan, NOW + 20, 0);
    for (int64_t at = NOW + 20; at < NOW + 1000; at += 10) {
        plan_wake(&plan, at, 0);
        assert_true(plan.due_ms >= NOW + PLAN_APART_MS);
    }
}

/* A wake while a fetch is under way asks for another one after it. */
static void test_wake_during_a_fetch_is_not_lost(void **state)
{
    (void)state;
    struct plan plan;
    plan_start(&plan, NOW, 0);
    plan_begun(&plan, NOW);
    plan_wake(&plan, NOW + 50, 0);
    plan_delivered(&plan, NOW + 100, 0);
    assert_int_equal(plan.due_ms, NOW + PLAN_APART_MS);
}

static void test_failures_back_off(void **state)
{
    (void)state;
    struct plan plan;
    int64_t now = NOW, before = 0;
    plan_start(&plan, now, 0);
    for (unsigned i = 0; i < 50; i++) {
        plan_begun(&plan, now);
        plan_failed(&plan, now, 0);
        int64_t pause = plan.due_ms - now;
        assert_true(pause >= before && pause <= PLAN_POLL_MS);
        /* Neither news nor a silent network make us knock more often at a door that is shut. */
        plan_news(&plan, now, 0);
        plan_lost(&plan, now, 0);
        assert_int_equal(plan.due_ms - now, pause);
        before = pause;
        now = plan.due_ms;
    }
    assert_int_equal(before, (int64_t)PLAN_POLL_MS * 3 / 4);
    plan_begun(&plan, now);
    plan_delivered(&plan, now, 0);
    assert_int_equal(plan.failures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start_is_spread),
        cmocka_unit_test(test_polls_often_until_wakes_arrive),
        cmocka_unit_test(test_wakes_do_not_hurry_us_beyond_one_a_second),
        cmocka_unit_test(test_wake_during_a_fetch_is_not_lost),
        cmocka_unit_test(test_failures_back_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
