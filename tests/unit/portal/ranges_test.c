#include "tests/unit/unit.h"

#include "services/portal/fleet/ranges.h"

static uint32_t ids[RANGES_AGENTS_MAX];

static void ranges(void **state)
{
    (void)state;
    assert_int_equal(ranges_parse("7", ids), 1);
    assert_int_equal(ids[0], 7);
    assert_int_equal(ranges_parse("3,17-19 4294967295", ids), 5);
    assert_int_equal(ids[1], 17);
    assert_int_equal(ids[3], 19);
    assert_int_equal(ids[4], UINT32_MAX);
}

static void their_limit(void **state)
{
    (void)state;
    assert_int_equal(ranges_parse("1-10000", ids), RANGES_AGENTS_MAX);
    assert_int_equal(ids[RANGES_AGENTS_MAX - 1], 10000);
    assert_int_equal(ranges_parse("1-10001", ids), 0);
    assert_int_equal(ranges_parse("1-9999,1-1", ids), RANGES_AGENTS_MAX);
    assert_int_equal(ranges_parse("1-9999,1-2", ids), 0);
    assert_int_equal(ranges_parse("1-4294967295", ids), 0);
}

static void what_is_none(void **state)
{
    (void)state;
    for (const char *const *bad = (const char *const[]){ "", ",", "1,", "1,,2", "0", "0-3", "5-3", "1-", "-3", "1--3", "1-2-3",
             "4294967296", "99999999999", "a", "1;2", "1  2", NULL };
         *bad; bad++)
        assert_int_equal(ranges_parse(*bad, ids), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges),
        cmocka_unit_test(their_limit),
        cmocka_unit_test(what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
