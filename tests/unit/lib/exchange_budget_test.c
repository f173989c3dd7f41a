#include "lib/exchange/budget.h"
#include "tests/unit/unit.h"

#define NOW_MS INT64_C(86400000)

static void a_burst_and_no_more(void **state)
{
    struct budget budget = { 0 };
    (void)state;
    assert_true(budget_has(&budget, 7, NOW_MS));
    budget_spend(&budget, 7, BUDGET_BURST_BYTES - BUDGET_BYTES_A_SECOND, NOW_MS);
    assert_true(budget_has(&budget, 7, NOW_MS));
    budget_spend(&budget, 7, BUDGET_BYTES_A_SECOND, NOW_MS);
    assert_false(budget_has(&budget, 7, NOW_MS));
    assert_true(budget_has(&budget, 7, NOW_MS + 1));
    budget_free(&budget);
}

static void what_one_envelope_exceeds_it_by_is_waited_for(void **state)
{
    struct budget budget = { 0 };
    (void)state;
    budget_spend(&budget, 7, BUDGET_BURST_BYTES + 10 * BUDGET_BYTES_A_SECOND, NOW_MS);
    assert_false(budget_has(&budget, 7, NOW_MS + 10000));
    assert_true(budget_has(&budget, 7, NOW_MS + 10001));
    budget_free(&budget);
}

static void another_agent_is_not_held_up(void **state)
{
    struct budget budget = { 0 };
    (void)state;
    budget_spend(&budget, 70000, UINT64_C(1) << 30, NOW_MS);
    assert_false(budget_has(&budget, 70000, NOW_MS));
    assert_true(budget_has(&budget, 69999, NOW_MS));
    assert_true(budget_has(&budget, 70001, NOW_MS));
    assert_true(budget_has(&budget, UINT32_MAX, NOW_MS));
    budget_free(&budget);
}

/* As many as its mailbox holds, and then its usual pace for an hour. */
static void who_comes_back_says_all_at_once(void **state)
{
    struct budget budget = { 0 };
    (void)state;
    for (int i = 0; i < 1024; i++) {
        assert_true(budget_has(&budget, 7, NOW_MS));
        budget_spend(&budget, 7, BUDGET_ENVELOPE_BYTES, NOW_MS);
    }
    for (int i = 0; i < 8 * 3600; i++) {
        assert_true(budget_has(&budget, 7, NOW_MS + i * 125));
        budget_spend(&budget, 7, BUDGET_ENVELOPE_BYTES, NOW_MS + i * 125);
    }
    budget_free(&budget);
}

/* What it did not use yesterday does not add up. */
static void rest_earns_one_burst(void **state)
{
    struct budget budget = { 0 };
    (void)state;
    budget_spend(&budget, 7, 1, 0);
    budget_spend(&budget, 7, BUDGET_BURST_BYTES, NOW_MS);
    assert_false(budget_has(&budget, 7, NOW_MS));
    budget_free(&budget);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_and_no_more),
        cmocka_unit_test(what_one_envelope_exceeds_it_by_is_waited_for),
        cmocka_unit_test(another_agent_is_not_held_up),
        cmocka_unit_test(who_comes_back_says_all_at_once),
        cmocka_unit_test(rest_earns_one_burst),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
