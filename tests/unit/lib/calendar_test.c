/* Calendar expressions, also on the days on which clocks are put forward and back. */
#include "lib/calendar/calendar.h"
#include "lib/calendar/zone.h"
#include "lib/clock.h"
#include "lib/problem.h"
#include "tests/unit/unit.h"

/* What is due after `after` in the zone, as text in UTC without milliseconds. */
static const char *next(const char *expression, const char *name, const char *after)
{
    static char text[RFC3339_BYTES];
    struct calendar calendar;
    struct problem problem = { 0 };
    int64_t after_ms;
    struct zone *zone = zone_load(name, &problem);
    if (!zone || calendar_parse(expression, &calendar, &problem))
        fail_msg("%s", problem.reason);
    assert_int_equal(clock_parse_rfc3339(after, &after_ms), 0);
    int64_t due_ms = calendar_next(&calendar, zone, after_ms);
    zone_free(zone);
    if (due_ms == INT64_MAX)
        return "never";
    clock_rfc3339(text, due_ms);
    text[19] = '\0';
    return text;
}

static void test_plain_days(void **state)
{
    (void)state;
    static const struct {
        const char *expression, *after, *due;
    } rows[] = {
        { "18:30", "2026-03-04T18:29:59Z", "2026-03-04T18:30:00" },
        { "18:30", "2026-03-04T18:30:00Z", "2026-03-05T18:30:00" },
        { "18:30", "2026-03-04T18:29:59.999Z", "2026-03-04T18:30:00" },
        { "daily", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00" },
        { "hourly", "2026-03-04T10:00:00Z", "2026-03-04T11:00:00" },
        { "minutely", "2026-03-04T10:00:30Z", "2026-03-04T10:01:00" },
        { "weekly", "2026-03-04T10:00:00Z", "2026-03-09T00:00:00" },
        { "monthly", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00" },
        { "quarterly", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00" },
        { "yearly", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00" },
        { "*:0/10", "2026-03-04T10:50:00Z", "2026-03-04T11:00:00" },
        { "*:*:0/15", "2026-03-04T10:59:46Z", "2026-03-04T11:00:00" },
        { "Mon..Fri 18:30", "2026-03-06T18:30:00Z", "2026-03-09T18:30:00" },
        { "Sat,sunday 6:05", "2026-03-07T06:05:00Z", "2026-03-08T06:05:00" },
        { "Fri *-*-13 09:00", "2026-03-14T00:00:00Z", "2026-11-13T09:00:00" },
        { "*-2-29 12:00", "2026-01-01T00:00:00Z", "2028-02-29T12:00:00" },
        { "2-29", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00" },
        { "*-*~1 23:59:59", "2026-01-31T23:59:59Z", "2026-02-28T23:59:59" },
        { "*-*-1/2 8..10/2:00", "2026-03-04T00:00:00Z", "2026-03-05T08:00:00" },
        { "*-1,7-1", "2026-01-01T00:00:00Z", "2026-07-01T00:00:00" },
        { "22..23:59", "2026-03-04T23:59:00Z", "2026-03-05T22:59:00" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_string_equal(next(rows[i].expression, "UTC", rows[i].after), rows[i].due);
}

/* Berlin: forward on 2026-03-29, 02:00 to 03:00 (01:00 UTC); back on 2026-10-25, 03:00 to 02:00 (01:00 UTC). */
static void test_clocks_put_forward(void **state)
{
    (void)state;
    assert_string_equal(next("02:30", "Europe/Berlin", "2026-03-28T01:30:00Z"), "2026-03-29T01:00:00");
    assert_string_equal(next("02:30", "Europe/Berlin", "2026-03-29T01:00:00Z"), "2026-03-30T00:30:00");
    /* Several of the missing hour, and the first of the next, are one. */
    assert_string_equal(next("2..3:0/20", "Europe/Berlin", "2026-03-29T00:59:59Z"), "2026-03-29T01:00:00");
    assert_string_equal(next("2..3:0/20", "Europe/Berlin", "2026-03-29T01:00:00Z"), "2026-03-29T01:20:00");
    /* What is due every hour simply goes on. */
    assert_string_equal(next("*:30", "Europe/Berlin", "2026-03-29T00:30:00Z"), "2026-03-29T01:30:00");
}

static void test_clocks_put_back(void **state)
{
    (void)state;
    assert_string_equal(next("02:30", "Europe/Berlin", "2026-10-24T00:30:00Z"), "2026-10-25T00:30:00");
    assert_string_equal(next("02:30", "Europe/Berlin", "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00");
    assert_string_equal(next("2..3:00", "Europe/Berlin", "2026-10-25T00:00:00Z"), "2026-10-25T02:00:00");
    assert_string_equal(next("*:30", "Europe/Berlin", "2026-10-25T00:30:00Z"), "2026-10-25T01:30:00");
    assert_string_equal(next("*:30", "Europe/Berlin", "2026-10-25T01:30:00Z"), "2026-10-25T02:30:00");
    /* Half an hour, on Lord Howe Island: back at 2026-04-05 02:00 to 01:30 (15:00 UTC the day before). */
    assert_string_equal(next("01:45", "Australia/Lord_Howe", "2026-04-04T14:00:00Z"), "2026-04-04T14:45:00");
    assert_string_equal(next("01:45", "Australia/Lord_Howe", "2026-04-04T14:45:00Z"), "2026-04-05T15:15:00");
}

static void test_other_zones(void **state)
{
    (void)state;
    assert_string_equal(next("09:00", "Asia/Kathmandu", "2026-03-04T00:00:00Z"), "2026-03-04T03:15:00");
    assert_string_equal(next("00:00", "America/New_York", "2026-07-01T00:00:00Z"), "2026-07-01T04:00:00");
    /* A day that Samoa left out: the 30th of December 2011; what was due on it is due when it would have begun. */
    assert_string_equal(next("12-30 12:00", "Pacific/Apia", "2011-12-30T09:00:00Z"), "2011-12-30T10:00:00");
    /* Beyond the transitions that the file lists the rule holds. */
    assert_string_equal(next("12:00", "Europe/Berlin", "2060-07-01T00:00:00Z"), "2060-07-01T10:00:00");
    assert_string_equal(next("12:00", "Europe/Berlin", "2060-12-01T00:00:00Z"), "2060-12-01T11:00:00");
    assert_string_equal(next("12:00", "Australia/Sydney", "2060-12-01T00:00:00Z"), "2060-12-01T01:00:00");
    assert_string_equal(next("02:30", "Europe/Berlin", "2060-03-27T12:00:00Z"), "2060-03-28T01:00:00");
}

static void test_what_is_none(void **state)
{
    (void)state;
    static const char *const bad[] = { "", " ", "x", "25:00", "12:60", "12", "12:00 Mon", "Mon-Fri 12:00",
        "Fri..Mon 12:00", "*-*-32", "*-13-1", "*-0-1", "2026-*-1", "*-2-30", "*-4,6-31", "12:00:", "12:00 x", "1..:00",
        "12:5/0", "12:00  13:00", "daily 12:00", "*-*-1 *-*-2", ":", "-", "*-*-", "12:00:00:00", "00000:00", ",:00",
        "*-*~2", "Monx 12:00" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct calendar calendar;
        struct problem problem = { 0 };
        if (!calendar_parse(bad[i], &calendar, &problem))
            fail_msg("%s was taken", bad[i]);
        assert_string_equal(problem.code, "bad-calendar");
    }
    struct problem problem;
    static const char *const zones[] = { "", "../zoneinfo/UTC", "/etc/localtime", "Europe//Berlin", "Europe/", "Mars/X",
        "Europe/Berlin\n" };
    for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
        assert_null(zone_load(zones[i], &problem));
        assert_string_equal(problem.code, "bad-zone");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_days),
        cmocka_unit_test(test_clocks_put_forward),
        cmocka_unit_test(test_clocks_put_back),
        cmocka_unit_test(test_other_zones),
        cmocka_unit_test(test_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
