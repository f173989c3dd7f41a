#include "agent/hours.h"
#include "tests/unit/unit.h"

#define AT(day, hour, minute) (((day)*24 + (hour)) * 60 + (minute)) /* day 0: Monday */

static struct hours hours(const char *text)
{
    struct hours parsed;
    assert_int_equal(hours_parse(text, &parsed), 0);
    return parsed;
}

static void test_open_and_closed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int minute, wait;
    } rows[] = {
        { "always", AT(3, 12, 0), 0 },
        { "08:00-18:00", AT(6, 8, 0), 0 },
        { "08:00-18:00", AT(6, 7, 59), 1 },
        { "08:00-18:00", AT(6, 18, 0), 14 * 60 },
        { "Mon..Fri 22:00-06:00", AT(4, 22, 0), 0 },
        { "Mon..Fri 22:00-06:00", AT(5, 5, 59), 0 }, /* of Friday's night */
        { "Mon..Fri 22:00-06:00", AT(5, 6, 0), 64 * 60 },
        { "Mon..Fri 22:00-06:00", AT(0, 5, 0), 17 * 60 },
        { "Sun 22:00-06:00", AT(0, 5, 0), 0 }, /* over the end of the week */
        { "Sat..Mon 00:00-24:00", AT(0, 23, 59), 0 },
        { "Sat..Mon 00:00-24:00", AT(1, 0, 0), 4 * 24 * 60 },
        { "Tue 10:00-10:01, Thu 09:00-09:01", AT(1, 10, 1), 2 * 24 * 60 - 61 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct hours parsed = hours(rows[i].text);
        assert_int_equal(hours_wait(&parsed, rows[i].minute), rows[i].wait);
        assert_int_equal(hours_open(&parsed, rows[i].minute), rows[i].wait == 0);
    }
}

static void test_what_is_none(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "never", "Mon", "8:00-18:00", "08:00", "08:00-08:00", "24:00-06:00",
        "08:00-24:01", "08:60-09:00", "Mon..Fri", "Mon-Fri 08:00-18:00", "08:00-18:00,", "08:00-18:00 Mon",
        "Mxx 08:00-18:00",
        "08:00-09:00,08:00-09:00,08:00-09:00,08:00-09:00,08:00-09:00,08:00-09:00,08:00-09:00,08:00-09:00,08:00-09:00" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct hours parsed;
        if (!hours_parse(bad[i], &parsed))
            fail_msg("%s was taken", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_and_closed),
        cmocka_unit_test(test_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
