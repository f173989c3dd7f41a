/* When backups are due: calendars in their zone, over days on which clocks change; windows, jitter, classes. */
#include "tests/unit/unit.h"

#include "lib/calendar/civil.h"
#include "lib/calendar/zone.h"
#include "lib/problem.h"
#include "services/backup/plans/timetable.h"

#define DOCUMENT "00112233445566778899aabbccddeeff"
#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)

static struct zone *oslo;

static int64_t at(int64_t year, int month, int day, int hour, int minute)
{
    return ((civil_days((struct civil){ year, month, day }) * 24 + hour) * 60 + minute) * INT64_C(60000);
}

static struct timetable table_of(size_t n, const struct document_timing *classes, uint32_t window_s, uint32_t jitter_s)
{
    struct document_backup_plan plan = { .n_classes = n,
        .classes = (struct document_timing *)classes,
        .has_window_s = true,
        .window_s = window_s,
        .has_jitter_s = true,
        .jitter_s = jitter_s };
    struct timetable table;
    assert_int_equal(timetable_of(&plan, oslo, &table, NULL), 0);
    return table;
}

static struct timetable daily_at(const char *calendar, uint32_t window_s)
{
    const struct document_timing classes[] = { { .class = PLAN_CLASS_DAILY, .calendar = calendar } };
    return table_of(1, classes, window_s, 0);
}

static void test_a_turn_stands_for_the_date_on_the_wall(void **state)
{
    (void)state;
    struct timetable table = daily_at("00:30", 3600);
    struct turn turn;
    assert_true(timetable_next(&table, 0, at(2026, 1, 10, 12, 0), &turn));
    assert_true(turn.due_ms == at(2026, 1, 10, 23, 30)); /* UTC */
    assert_true(turn.slot == civil_days((struct civil){ 2026, 1, 11 }));
    assert_true(turn.begin_by_ms == turn.due_ms + HOUR);
}

static void test_each_day_has_one_where_clocks_change(void **state)
{
    (void)state;
    /* 2026-03-29 02:30 is on no wall of Oslo, 2026-10-25 02:30 is twice. */
    struct timetable table = daily_at("02:30", 3600);
    int64_t after_ms = at(2026, 1, 1, 0, 0), slot = civil_days((struct civil){ 2026, 1, 1 });
    struct turn turn;
    for (int i = 0; i < 365; i++) {
        assert_true(timetable_next(&table, 0, after_ms, &turn));
        assert_true(turn.slot == slot + i);
        after_ms = turn.due_ms;
    }
}

static void test_nothing_is_due_before_its_time_nor_twice(void **state)
{
    (void)state;
    struct timetable table = daily_at("03:00", 4 * 3600);
    int64_t due_ms = at(2026, 6, 1, 1, 0);
    struct turn turn;
    unsigned passed;
    assert_int_equal(timetable_due(&table, 0, due_ms - DAY, due_ms - 1, &turn, &passed), DUE_NOTHING);
    assert_int_equal(timetable_due(&table, 0, due_ms - DAY, due_ms, &turn, &passed), DUE_ORDER);
    assert_true(turn.due_ms == due_ms);
    assert_int_equal(passed, 0);
    assert_int_equal(timetable_due(&table, 0, due_ms, due_ms + HOUR, &turn, &passed), DUE_NOTHING);
}

static void test_it_is_missed_when_its_window_is_over(void **state)
{
    (void)state;
    struct timetable table = daily_at("03:00", 4 * 3600);
    int64_t due_ms = at(2026, 6, 1, 1, 0);
    struct turn turn;
    unsigned passed;
    assert_int_equal(timetable_due(&table, 0, due_ms - DAY, due_ms + 4 * HOUR - 1, &turn, &passed), DUE_ORDER);
    assert_int_equal(timetable_due(&table, 0, due_ms - DAY, due_ms + 4 * HOUR, &turn, &passed), DUE_MISSED);
}

static void test_of_those_that_passed_the_newest_counts(void **state)
{
    (void)state;
    struct timetable table = daily_at("03:00", 4 * 3600);
    int64_t due_ms = at(2026, 6, 1, 1, 0);
    struct turn turn;
    unsigned passed;
    assert_int_equal(timetable_due(&table, 0, due_ms - 4 * DAY, due_ms + HOUR, &turn, &passed), DUE_ORDER);
    assert_true(turn.due_ms == due_ms);
    assert_int_equal(passed, 3);
    /* Away for a year: counted as far back as it is looked. */
    assert_int_equal(timetable_due(&table, 0, due_ms - 366 * DAY, due_ms + HOUR, &turn, &passed), DUE_ORDER);
    assert_int_equal(passed, 7);
}

static void test_a_machine_is_late_by_the_same_each_day(void **state)
{
    (void)state;
    const struct document_timing classes[] = { { .class = PLAN_CLASS_DAILY, .calendar = "03:00" } };
    struct timetable table = table_of(1, classes, 3600, 600);
    unsigned different = 0;
    for (uint32_t agent = 1; agent <= 100; agent++) {
        int64_t late_ms = timetable_late_ms(&table, DOCUMENT, agent);
        assert_in_range(late_ms, 0, 599999);
        assert_true(late_ms == timetable_late_ms(&table, DOCUMENT, agent));
        different += late_ms != timetable_late_ms(&table, DOCUMENT, agent + 1);
    }
    assert_in_range(different, 90, 100);
    struct turn turn;
    unsigned passed;
    int64_t due_ms = at(2026, 6, 1, 1, 0);
    assert_int_equal(timetable_due(&table, 60000, due_ms - DAY, due_ms, &turn, &passed), DUE_NOTHING);
    assert_int_equal(timetable_due(&table, 60000, due_ms - DAY, due_ms + 60000, &turn, &passed), DUE_ORDER);
    assert_true(turn.order_ms == due_ms + 60000 && turn.begin_by_ms == due_ms + 60000 + HOUR);
}

static void test_what_is_due_at_one_time_is_one_turn(void **state)
{
    (void)state;
    const struct document_timing classes[] = { { .class = PLAN_CLASS_DAILY, .calendar = "03:00" },
        { .class = PLAN_CLASS_DIFFERENTIAL, .calendar = "*:00" },
        { .class = PLAN_CLASS_WEEKLY, .calendar = "Sun 03:00", .has_anchor = true, .anchor = true } };
    struct timetable table = table_of(3, classes, 1800, 0);
    struct turn turn;
    assert_true(timetable_next(&table, 0, at(2026, 6, 1, 0, 30), &turn)); /* Monday 02:30 */
    assert_int_equal(turn.classes, 1u << PLAN_CLASS_DAILY | 1u << PLAN_CLASS_DIFFERENTIAL);
    assert_false(turn.anchor);
    assert_true(timetable_next(&table, 0, turn.due_ms, &turn));
    assert_int_equal(turn.classes, 1u << PLAN_CLASS_DIFFERENTIAL);
    assert_true(timetable_next(&table, 0, at(2026, 6, 7, 0, 30), &turn)); /* Sunday */
    assert_int_equal(turn.classes, 1u << PLAN_CLASS_DAILY | 1u << PLAN_CLASS_DIFFERENTIAL | 1u << PLAN_CLASS_WEEKLY);
    assert_true(turn.anchor);
}

static void test_the_first_full_of_a_week_is_the_weekly_one(void **state)
{
    (void)state;
    const struct document_timing classes[] = { { .class = PLAN_CLASS_DAILY, .calendar = "03:00" },
        { .class = PLAN_CLASS_DIFFERENTIAL, .calendar = "*:00" },
        { .class = PLAN_CLASS_WEEKLY, .calendar = "Sun 04:00" } };
    struct timetable all = table_of(3, classes, 1800, 0), without = table_of(2, classes, 1800, 0);
    const struct turn daily = { .classes = 1u << PLAN_CLASS_DAILY | 1u << PLAN_CLASS_DIFFERENTIAL },
                      differential = { .classes = 1u << PLAN_CLASS_DIFFERENTIAL },
                      weekly = { .classes = 1u << PLAN_CLASS_WEEKLY };
    assert_int_equal(timetable_class(&all, &daily, false, true), BACKUP_CLASS_WEEKLY);
    assert_int_equal(timetable_class(&all, &daily, true, true), BACKUP_CLASS_DAILY);
    assert_int_equal(timetable_class(&without, &daily, false, true), BACKUP_CLASS_DAILY);
    assert_int_equal(timetable_class(&all, &weekly, false, true), BACKUP_CLASS_WEEKLY);
    assert_int_equal(timetable_class(&all, &weekly, true, true), -1);
    assert_int_equal(timetable_class(&all, &differential, false, true), BACKUP_CLASS_DIFFERENTIAL);
    /* Without a full it is one. */
    assert_int_equal(timetable_class(&all, &differential, false, false), BACKUP_CLASS_WEEKLY);
    assert_int_equal(timetable_class(&without, &differential, false, false), BACKUP_CLASS_DAILY);
}

static int load(void **state)
{
    (void)state;
    oslo = zone_load("Europe/Oslo", NULL);
    return oslo ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    zone_free(oslo);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_turn_stands_for_the_date_on_the_wall),
        cmocka_unit_test(test_each_day_has_one_where_clocks_change),
        cmocka_unit_test(test_nothing_is_due_before_its_time_nor_twice),
        cmocka_unit_test(test_it_is_missed_when_its_window_is_over),
        cmocka_unit_test(test_of_those_that_passed_the_newest_counts),
        cmocka_unit_test(test_a_machine_is_late_by_the_same_each_day),
        cmocka_unit_test(test_what_is_due_at_one_time_is_one_turn),
        cmocka_unit_test(test_the_first_full_of_a_week_is_the_weekly_one),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
