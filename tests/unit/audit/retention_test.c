#include "tests/unit/unit.h"

#include <unistd.h>

#include "lib/class_numbers.h"
#include "services/audit/retention/retention.h"

#define DAY RETENTION_DAY_MS
#define LEAP_DAY_END INT64_C(1709251199999) /* 2024-02-29T23:59:59.999Z */

static void is_due_to_the_millisecond(void **state)
{
    (void)state;
    const int64_t newest = LEAP_DAY_END;
    assert_false(retention_is_due(newest, 90, newest + 90 * DAY - 1));
    assert_true(retention_is_due(newest, 90, newest + 90 * DAY));
    assert_false(retention_is_due(newest, 366, newest + 365 * DAY));
    assert_true(retention_is_due(newest, 366, newest + 366 * DAY));
    assert_false(retention_is_due(newest, 36500, newest + 36499 * DAY));
    /* No rule, no deletion; nor is what comes from the future due. */
    assert_false(retention_is_due(newest, 0, INT64_MAX));
    assert_false(retention_is_due(newest + DAY, 1, newest));
}

static void never_takes_the_last_bundle(void **state)
{
    (void)state;
    const struct {
        uint64_t size, bundles;
    } cases[] = { { 0, 0 }, { 1, 0 }, { 255, 0 }, { 256, 0 }, { 257, 1 }, { 512, 1 }, { 513, 2 }, { 131073, 512 } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(retention_bundles(cases[i].size), cases[i].bundles);
}

/* Of any bundles, looked at at any times in any steps: what is gone was kept for as long as it had to be, what is due
 * and behind nothing that is not goes, and nothing comes back. */
static void any_history_keeps_the_promise(void **state)
{
    (void)state;
    srandom(7);
    for (int round = 0; round < 500; round++) {
        int64_t newest[40], now = LEAP_DAY_END;
        const uint32_t days = 1 + (uint32_t)random() % 400;
        size_t gone = 0;
        for (size_t i = 0; i < 40; i++)
            newest[i] = LEAP_DAY_END + random() % (500 * DAY);
        for (int look = 0; look < 50; look++, now += random() % (30 * DAY)) {
            const size_t before = gone;
            while (gone < 40 && retention_is_due(newest[gone], days, now))
                gone++;
            for (size_t i = before; i < gone; i++)
                assert_true(now - newest[i] >= days * DAY);
            assert_true(gone == 40 || now - newest[gone] < days * DAY);
        }
    }
}

static void a_clock_that_leaps_is_not_believed_for_a_day(void **state)
{
    (void)state;
    struct retention retention = { .seen_ms = LEAP_DAY_END };
    int64_t now = LEAP_DAY_END;
    assert_true(retention_may_delete(&retention, now += 2 * DAY, -1));
    assert_true(retention_may_delete(&retention, now += 1000, 1000));
    /* The year 2099, for a while, and it may leap again; then it is put right. */
    assert_false(retention_may_delete(&retention, now + 27000 * DAY, 1000));
    assert_false(retention_may_delete(&retention, now + 27001 * DAY, 1000));
    assert_false(retention_may_delete(&retention, now + 27003 * DAY, 1000));
    assert_false(retention_may_delete(&retention, now, 1000));
    assert_true(retention_may_delete(&retention, now += DAY, DAY));
    /* Or it was right to leap: the server was off. */
    assert_false(retention_may_delete(&retention, now += 30 * DAY, -1));
    assert_true(retention_may_delete(&retention, now += DAY, DAY));
    /* Nothing is known of before. */
    retention = (struct retention){ 0 };
    assert_false(retention_may_delete(&retention, now, -1));
}

/* Whoever sets the clock on by little each second gains no more than half a day until that is held against them. */
static void a_clock_that_creeps_is_found_out(void **state)
{
    (void)state;
    struct retention retention = { .seen_ms = LEAP_DAY_END };
    int64_t now = LEAP_DAY_END, passed = 0;
    while (retention_may_delete(&retention, now += 60000, 1000))
        passed += 1000;
    assert_in_range(now - LEAP_DAY_END - passed, DAY / 2, DAY / 2 + DAY / 24);
    assert_false(retention_may_delete(&retention, now += DAY, 1000));
    /* A machine that sleeps each night is not at fault. */
    retention = (struct retention){ .seen_ms = now };
    for (int night = 0; night < 30; night++) {
        assert_true(retention_may_delete(&retention, now += DAY / 3, 1000));
        assert_true(retention_may_delete(&retention, now += DAY * 2 / 3, DAY * 2 / 3));
    }
}

static void takes_what_the_log_says(void **state)
{
    (void)state;
    struct retention retention = { 0 };
    const struct event_retention_rules rules = {
        .retention = "ops=2557 access=90 fleet=366 alert=731",
        .kept = "ops=0 access=512 fleet=0 alert=0",
    };
    const struct event_retention_deleting deleting = { .class = CLASS_ACCESS, .deleted_from = 512, .kept_from = 1024 };
    const struct event_retention_deleting older = { .class = CLASS_ACCESS, .deleted_from = 0, .kept_from = 256 };
    struct bus_event event = { .event = EVENT_RETENTION_RULES, .sequence = 5, .data = &rules };
    retention_take(&retention, &event);
    assert_int_equal(retention.told_at, 5);
    assert_int_equal(retention.classes[CLASS_FLEET].days, 366);
    assert_int_equal(retention.classes[CLASS_ACCESS].kept_from, 512);
    assert_false(retention_is_news(&retention, (const uint32_t[]){ 2557, 90, 366, 731 }));
    assert_true(retention_is_news(&retention, (const uint32_t[]){ 2557, 91, 366, 731 }));
    event = (struct bus_event){ .event = EVENT_RETENTION_DELETING, .sequence = 9, .data = &deleting };
    retention_take(&retention, &event);
    event = (struct bus_event){ .event = EVENT_RETENTION_DELETING, .sequence = 10, .data = &older };
    retention_take(&retention, &event);
    assert_int_equal(retention.classes[CLASS_ACCESS].kept_from, 1024);
    assert_int_equal(retention.classes[CLASS_ACCESS].kept_at, 9);
}

static void is_kept_in_a_file_that_may_be_lost(void **state)
{
    (void)state;
    char path[] = "/tmp/retention.XXXXXX";
    struct retention retention = { .read = 17, .told_at = 3, .seen_ms = LEAP_DAY_END, .hold_until_ms = 1 }, again;
    struct problem problem;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    retention.classes[CLASS_ALERT] = (struct retention_class){ 731, 512, 9, 2 };
    assert_int_equal(retention_save(path, &retention, &problem), 0);
    retention_load(path, &again);
    assert_memory_equal(&again, &retention, sizeof(again));
    assert_int_equal(truncate(path, 60), 0);
    retention_load(path, &again);
    assert_int_equal(again.read, 0);
    unlink(path);
    retention_load(path, &again);
    assert_int_equal(again.seen_ms, 0);
}

static void numbers_of_classes_are_read_as_they_are_written(void **state)
{
    (void)state;
    const uint64_t numbers[CLASS_COUNT] = { 0, UINT64_MAX, 12, 3 };
    uint64_t again[CLASS_COUNT];
    char text[CLASS_NUMBERS_BYTES];
    static const char *const wrong[] = {
        "", "ops=1", "ops=1 access=2 fleet=3 alert=", "ops=1 access=2 fleet=3 alert=4 ",
        "access=1 ops=2 fleet=3 alert=4", "ops=-1 access=2 fleet=3 alert=4",
        "ops=1  access=2 fleet=3 alert=4", "ops=18446744073709551616 access=2 fleet=3 alert=4",
    };
    class_numbers_format(numbers, CLASS_NUMBERS_ALL, text);
    assert_int_equal(class_numbers_parse(text, again), 0);
    assert_memory_equal(again, numbers, sizeof(again));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_int_equal(class_numbers_parse(wrong[i], again), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_due_to_the_millisecond),
        cmocka_unit_test(never_takes_the_last_bundle),
        cmocka_unit_test(any_history_keeps_the_promise),
        cmocka_unit_test(a_clock_that_leaps_is_not_believed_for_a_day),
        cmocka_unit_test(a_clock_that_creeps_is_found_out),
        cmocka_unit_test(takes_what_the_log_says),
        cmocka_unit_test(is_kept_in_a_file_that_may_be_lost),
        cmocka_unit_test(numbers_of_classes_are_read_as_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
