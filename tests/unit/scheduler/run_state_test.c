#include "tests/unit/unit.h"

#include "services/scheduler/runs/state.h"

static void test_a_run_goes_forward(void **state)
{
    (void)state;
    assert_true(run_state_follows(RUN_STATE_QUEUED, RUN_STATE_DELIVERED));
    assert_true(run_state_follows(RUN_STATE_DELIVERED, RUN_STATE_RUNNING));
    assert_true(run_state_follows(RUN_STATE_RUNNING, RUN_STATE_DONE));
    assert_true(run_state_follows(RUN_STATE_RUNNING, RUN_STATE_INTERRUPTED));
}

static void test_steps_may_be_left_out(void **state)
{
    (void)state;
    assert_true(run_state_follows(RUN_STATE_QUEUED, RUN_STATE_RUNNING));
    assert_true(run_state_follows(RUN_STATE_QUEUED, RUN_STATE_REFUSED));
    assert_true(run_state_follows(RUN_STATE_DELIVERED, RUN_STATE_FAILED));
}

static void test_never_back_and_an_end_is_an_end(void **state)
{
    (void)state;
    for (int end = RUN_STATE_DONE; end <= RUN_STATE_INTERRUPTED; end++) {
        for (int said = 0; said < RUN_STATE_COUNT; said++)
            assert_false(run_state_follows((enum run_state)end, (enum run_state)said));
    }
    assert_false(run_state_follows(RUN_STATE_RUNNING, RUN_STATE_DELIVERED));
    assert_false(run_state_follows(RUN_STATE_RUNNING, RUN_STATE_RUNNING));
}

static void test_an_agent_knows_better_than_what_was_assumed(void **state)
{
    (void)state;
    assert_true(run_state_follows(RUN_STATE_EXPIRED, RUN_STATE_DONE));
    assert_true(run_state_follows(RUN_STATE_CANCELLED, RUN_STATE_RUNNING));
    assert_false(run_state_follows(RUN_STATE_EXPIRED, RUN_STATE_DELIVERED));
    assert_false(run_state_follows(RUN_STATE_CANCELLED, RUN_STATE_EXPIRED));
}

static void test_what_counts_as_a_failure(void **state)
{
    (void)state;
    assert_true(run_state_failed(RUN_STATE_FAILED));
    assert_true(run_state_failed(RUN_STATE_REFUSED));
    assert_true(run_state_failed(RUN_STATE_INTERRUPTED));
    assert_false(run_state_failed(RUN_STATE_DONE));
    assert_false(run_state_failed(RUN_STATE_CANCELLED));
    assert_false(run_state_failed(RUN_STATE_RUNNING));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_run_goes_forward),
        cmocka_unit_test(test_steps_may_be_left_out),
        cmocka_unit_test(test_never_back_and_an_end_is_an_end),
        cmocka_unit_test(test_an_agent_knows_better_than_what_was_assumed),
        cmocka_unit_test(test_what_counts_as_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
