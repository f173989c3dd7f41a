/* When a task is due: once or again and again, on time, late, missed, over. */
#include "agent/work/runs/due.h"
#include "lib/calendar/zone.h"
#include "tests/unit/unit.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define NOON INT64_C(1767268800000) /* 2026-01-01T12:00:00Z */

static struct due_plan plan(const char *calendar, bool missed_once)
{
    static struct zone *zone;
    struct due_plan made = { .missed_once = missed_once, .not_before_ms = NOON, .expires_ms = NOON + 48 * HOUR };
    if (!zone)
        zone = zone_load("UTC", NULL);
    made.zone = zone;
    made.recurring = calendar != NULL;
    if (calendar)
        assert_int_equal(calendar_parse(calendar, &made.calendar, NULL), 0);
    return made;
}

static void is(
    const struct due_plan *due, int64_t last_ms, bool begun, int64_t now_ms, enum due_answer answer, int64_t when_ms)
{
    int64_t found_ms = -1;
    assert_int_equal(due_when(due, last_ms, begun, now_ms, &found_ms), answer);
    if (when_ms >= 0)
        assert_int_equal(found_ms, when_ms);
}

static void test_once(void **state)
{
    (void)state;
    const struct due_plan due = plan(NULL, false);
    is(&due, NOON - HOUR, false, NOON - 1, DUE_LATER, NOON);
    is(&due, NOON - HOUR, false, NOON, DUE_NOW, 0);
    is(&due, NOON - HOUR, false, NOON + 48 * HOUR - 1, DUE_NOW, 0);
    is(&due, NOON - HOUR, false, NOON + 48 * HOUR, DUE_EXPIRED, -1);
    is(&due, NOON - HOUR, true, NOON, DUE_OVER, -1);
    is(&due, NOON - HOUR, true, NOON + 48 * HOUR, DUE_OVER, -1);
}

static void test_again_and_again(void **state)
{
    (void)state;
    const struct due_plan due = plan("hourly", false);
    /* Not before it may; taken at half past twelve; then each hour. */
    is(&due, NOON - 5 * HOUR, false, NOON - HOUR, DUE_LATER, NOON);
    is(&due, NOON + 30 * MINUTE, false, NOON + 31 * MINUTE, DUE_LATER, NOON + HOUR);
    is(&due, NOON + 30 * MINUTE, false, NOON + HOUR, DUE_NOW, NOON + HOUR);
    is(&due, NOON + HOUR, true, NOON + HOUR, DUE_LATER, NOON + 2 * HOUR);
    is(&due, NOON + HOUR, true, NOON + 2 * HOUR + MINUTE, DUE_NOW, NOON + 2 * HOUR);
    is(&due, NOON + 47 * HOUR, true, NOON + 47 * HOUR, DUE_OVER, -1);
}

static void test_missed(void **state)
{
    (void)state;
    const struct due_plan skip = plan("hourly", false), once = plan("hourly", true);
    int64_t away_ms = NOON + 5 * HOUR + 10 * MINUTE;
    is(&skip, NOON + HOUR, true, away_ms, DUE_PASSED, NOON + 5 * HOUR);
    is(&skip, NOON + 5 * HOUR, true, away_ms, DUE_LATER, NOON + 6 * HOUR);
    is(&once, NOON + HOUR, true, away_ms, DUE_NOW, NOON + 5 * HOUR);
    is(&once, NOON + 5 * HOUR, true, away_ms, DUE_LATER, NOON + 6 * HOUR);
    /* Late, but within a minute. */
    is(&skip, NOON + HOUR, true, NOON + 5 * HOUR + MINUTE, DUE_NOW, NOON + 5 * HOUR);
    /* The clock was put back: nothing is due twice. */
    is(&once, NOON + 5 * HOUR, true, NOON + 2 * HOUR, DUE_LATER, NOON + 6 * HOUR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_again_and_again),
        cmocka_unit_test(test_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
