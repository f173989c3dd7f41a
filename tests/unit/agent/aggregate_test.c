#include "agent/watch/aggregate.h"
#include "tests/unit/unit.h"

static void test_a_slot(void **state)
{
    (void)state;
    struct aggregate aggregate = { 0 }, slot;
    assert_false(aggregate_end(&aggregate, SLOT_MS * 7, &slot));
    assert_false(aggregate_add(&aggregate, SLOT_MS * 7, 30, &slot));
    assert_false(aggregate_add(&aggregate, SLOT_MS * 7 + 60000, 10, &slot));
    assert_false(aggregate_add(&aggregate, SLOT_MS * 8 - 1, 21, &slot));
    assert_true(aggregate_add(&aggregate, SLOT_MS * 8, 99, &slot));
    assert_int_equal(slot.slot_ms, SLOT_MS * 7);
    assert_int_equal(slot.least, 10);
    assert_int_equal(slot.most, 30);
    assert_int_equal(slot.samples, 3);
    assert_int_equal(aggregate_mean(&slot), 20);
    assert_true(aggregate_end(&aggregate, SLOT_MS * 9, &slot));
    assert_int_equal(aggregate_mean(&slot), 99);
    assert_false(aggregate_end(&aggregate, SLOT_MS * 10, &slot));
}

static void test_the_clock_goes_back(void **state)
{
    (void)state;
    struct aggregate aggregate = { 0 }, slot;
    aggregate_add(&aggregate, SLOT_MS * 20, 5, &slot);
    assert_true(aggregate_add(&aggregate, SLOT_MS * 3, 6, &slot));
    assert_int_equal(slot.slot_ms, SLOT_MS * 20);
    assert_true(aggregate_end(&aggregate, SLOT_MS * 4, &slot));
    assert_int_equal(slot.slot_ms, SLOT_MS * 3);
}

static void test_large_values(void **state)
{
    (void)state;
    struct aggregate aggregate = { 0 }, slot;
    const uint64_t year_ms = UINT64_C(31536000000);
    for (int i = 0; i < 10; i++)
        aggregate_add(&aggregate, 0, year_ms, &slot);
    assert_int_equal(aggregate_mean(&aggregate), year_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_slot),
        cmocka_unit_test(test_the_clock_goes_back),
        cmocka_unit_test(test_large_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
