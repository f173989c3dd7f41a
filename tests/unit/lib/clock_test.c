#include "tests/unit/unit.h"

#include "lib/clock.h"

static void times_survive_the_way_there_and_back(void **state)
{
    (void)state;
    const int64_t times[] = { 0, 1, 999, 951782400123, 1709164800000, 253402300799999 };
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        char text[RFC3339_BYTES];
        int64_t again = -1;
        clock_rfc3339(text, times[i]);
        assert_int_equal(clock_parse_rfc3339(text, &again), 0);
        assert_int_equal(again, times[i]);
    }
}

static void offsets_and_fractions_are_read(void **state)
{
    (void)state;
    int64_t ms;
    assert_int_equal(clock_parse_rfc3339("2026-01-31T23:59:59.1234567+01:30", &ms), 0);
    assert_int_equal(ms, 1769898599123);
    assert_int_equal(clock_parse_rfc3339("2026-01-31t22:29:59.1z", &ms), 0);
    assert_int_equal(ms, 1769898599100);
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "2026", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890Z", "2026-01-01T00:00:00Zx", "2026-01-01T00:00:00+24:00",
        "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
        "2026-01-01 00:00:00Z", "2026-1-1T00:00:00Z", "-026-01-01T00:00:00Z" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t ms = 7;
        if (!clock_parse_rfc3339(bad[i], &ms))
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(ms, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_survive_the_way_there_and_back),
        cmocka_unit_test(offsets_and_fractions_are_read),
        cmocka_unit_test(what_is_no_time_is_refused),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
