/* Retention: dates, what is kept and why, and that forgers take no place. What holds in whole histories:
 * histories_test. */
#include <stdio.h>

#include "lib/calendar/civil.h"
#include "lib/calendar/zone.h"
#include "lib/clock.h"
#include "lib/repository/retention.h"
#include "lib/repository/retention_stop.h"
#include "tests/unit/unit.h"

#define HOUR_S 3600
#define FORGED 10000

static int64_t day(const char *text)
{
    int64_t found;
    assert_int_equal(civil_parse(text, &found), 0);
    return found;
}

static void dates_by_class(void **state)
{
    static const struct {
        enum backup_class class;
        const char *slot, *until;
    } rows[] = {
        { BACKUP_CLASS_DAILY, "2026-02-26", "2026-03-04" },
        { BACKUP_CLASS_DIFFERENTIAL, "2028-02-10", "2028-03-09" },
        { BACKUP_CLASS_WEEKLY, "2026-11-22", "2027-02-22" },
        { BACKUP_CLASS_WEEKLY, "2026-11-30", "2027-02-28" },
        { BACKUP_CLASS_WEEKLY, "2027-11-30", "2028-02-29" },
        { BACKUP_CLASS_WEEKLY, "2026-01-31", "2026-04-30" },
        { BACKUP_CLASS_SERVER, "2026-12-28", "2027-01-04" },
        { BACKUP_CLASS_ACCESS, "2026-01-01", "2026-04-01" },
        { BACKUP_CLASS_MANUAL, "2026-02-01", "2026-03-01" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_int_equal(
            retention_kept_until(&retention_rules.spans[rows[i].class], day(rows[i].slot)), day(rows[i].until));
}

static void ends_of_dates(void **state)
{
    static const struct {
        const char *zone, *date, *end;
    } rows[] = {
        { "UTC", "2026-11-22", "2026-11-23T00:00:00Z" },
        { "Europe/Berlin", "2026-11-22", "2026-11-22T23:00:00Z" },
        { "Europe/Berlin", "2026-10-25", "2026-10-25T23:00:00Z" },
        { "Europe/Berlin", "2026-03-28", "2026-03-28T23:00:00Z" },
        { "Pacific/Kiritimati", "2026-11-22", "2026-11-22T10:00:00Z" },
        { "Asia/Kathmandu", "2026-11-22", "2026-11-22T18:15:00Z" },
        /* Clocks go back from midnight to 23:00: the date ends a second time. */
        { "Asia/Beirut", "2026-10-24", "2026-10-24T22:00:00Z" },
        /* There was no 30 December: the day before ended where the one after began. */
        { "Pacific/Apia", "2011-12-29", "2011-12-30T10:00:00Z" },
        { "Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z" },
        { NULL, "2026-11-22", "2026-11-23T12:00:00Z" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct zone *zone = rows[i].zone ? zone_load(rows[i].zone, NULL) : NULL;
        char end[RFC3339_BYTES], wanted[RFC3339_BYTES];
        snprintf(wanted, sizeof(wanted), "%.19s.000Z", rows[i].end);
        clock_rfc3339(end, retention_date_end_s(day(rows[i].date), zone) * 1000);
        assert_string_equal(end, wanted);
        zone_free(zone);
    }
}

static void iso_weeks(void **state)
{
    (void)state;
    /* 2026 has a week 53, which ends on 3 January. */
    assert_int_equal(retention_week(day("2026-12-28")), retention_week(day("2027-01-03")));
    assert_int_not_equal(retention_week(day("2027-01-03")), retention_week(day("2027-01-04")));
}

/* Backups in a row, a day apart, the first on `slot`; their names are in that order. */
static void fill(struct retention_backup *all, size_t count, enum backup_class class, int64_t slot)
{
    for (size_t i = 0; i < count; i++) {
        all[i] = (struct retention_backup){ .class = class, .slot = slot + (int64_t)i, .verified = true, .files = 100 };
        snprintf(all[i].backup, sizeof(all[i].backup), "%032zx", i);
        all[i].kept_until = retention_kept_until(&retention_rules.spans[class], all[i].slot);
        all[i].content_bytes = all[i].live_bytes = 1000000;
        all[i].stored_s = all[i].slot * DAY_S + 12 * HOUR_S;
    }
}

static void judge(const struct retention_backup *all, size_t count, int64_t now_day, struct retention_verdict *ret)
{
    assert_int_equal(retention_judge(all, count, &retention_rules, now_day * DAY_S + 12 * HOUR_S, ret), 0);
}

static void three_fulls_stay_for_ever(void **state)
{
    struct retention_backup all[10];
    struct retention_verdict verdicts[10];
    (void)state;
    fill(all, 10, BACKUP_CLASS_DAILY, 20000);
    judge(all, 10, 20009, verdicts);
    /* Without a zone the date of slot 20002 is over at noon in UTC of 20009. */
    assert_int_equal(verdicts[2].why, RETENTION_DUE);
    assert_int_equal(verdicts[3].why, RETENTION_DATE);
    judge(all, 10, 30000, verdicts);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(verdicts[i].why, i < 7 ? RETENTION_DUE : RETENTION_FULLS);
    all[9].verified = false;
    judge(all, 10, 30000, verdicts);
    assert_int_equal(verdicts[9].why, RETENTION_DUE);
    assert_int_equal(verdicts[6].why, RETENTION_FULLS);
}

static void bases_outlive(void **state)
{
    struct retention_backup all[6];
    struct retention_verdict verdicts[6];
    (void)state;
    fill(all, 6, BACKUP_CLASS_DAILY, 20000);
    all[4].class = BACKUP_CLASS_DIFFERENTIAL;
    all[4].kept_until = 20032;
    strcpy(all[4].base, all[0].backup);
    judge(all, 6, 20020, verdicts);
    assert_int_equal(verdicts[0].why, RETENTION_BASE);
    assert_int_equal(verdicts[0].needed_by, 4);
    assert_true(verdicts[0].ends_s == verdicts[4].ends_s);
    /* Then the differential is the last of its class, and its base with it. */
    judge(all, 6, 20040, verdicts);
    assert_int_equal(verdicts[4].why, RETENTION_CLASS);
    assert_int_equal(verdicts[0].why, RETENTION_BASE);
    assert_int_equal(verdicts[1].why, RETENTION_DUE);
    assert_int_equal(verdicts[2].why, RETENTION_FULLS);
}

static void a_ring_of_bases_ends(void **state)
{
    struct retention_backup all[5];
    struct retention_verdict verdicts[5];
    (void)state;
    fill(all, 5, BACKUP_CLASS_DIFFERENTIAL, 20000);
    for (size_t i = 0; i < 5; i++)
        strcpy(all[i].base, all[(i + 1) % 5].backup);
    judge(all, 5, 20010, verdicts);
    assert_int_equal(verdicts[4].why, RETENTION_DATE);
    assert_int_equal(verdicts[0].why, RETENTION_BASE);
    for (size_t i = 0; i < 5; i++)
        all[i].verified = false;
    judge(all, 5, 21000, verdicts);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(verdicts[i].why, RETENTION_DUE);
}

/* A machine stands still, its last fulls are beyond their dates, and somebody with its key writes 10,000 commits in one
 * day. */
static void forgers_take_no_place(void **state)
{
    static struct retention_backup all[FORGED + 5];
    static struct retention_verdict verdicts[FORGED + 5];
    (void)state;
    fill(all, 5, BACKUP_CLASS_DAILY, 20000);
    judge(all, 5, 20004, verdicts);
    for (size_t i = 0; i < 5; i++)
        all[i].weight = verdicts[i].weight;
    for (size_t i = 5; i < FORGED + 5; i++) {
        /* Back-dated, of the future, empty, much changed, of today: some of each. */
        int64_t slot = i % 5 == 0 ? 19000 : i % 5 == 1 ? 40000 : 20100;
        all[i] = all[4];
        all[i].slot = slot;
        all[i].weight = RETENTION_UNWEIGHED;
        all[i].stored_s = 20100 * (int64_t)DAY_S + (int64_t)i;
        all[i].kept_until = slot + 10;
        all[i].class = i % 7 == 0 ? BACKUP_CLASS_WEEKLY : BACKUP_CLASS_DAILY;
        if (i % 5 == 2)
            all[i].live_bytes = 0;
        if (i % 5 == 3)
            all[i].changed_files = 90;
        if (i % 5 == 4)
            all[i].content_bytes = 499999;
        snprintf(all[i].backup, sizeof(all[i].backup), "%032zx", i);
    }
    judge(all, FORGED + 5, 20100, verdicts);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(verdicts[i].why, i < 2 ? RETENTION_DUE : RETENTION_FULLS);
    for (size_t i = 5; i < FORGED + 5; i++)
        assert_int_not_equal(verdicts[i].weight, RETENTION_COUNTS);
}

static void first_full_of_the_week_is_weekly(void **state)
{
    struct retention_backup all[3];
    struct retention_verdict verdicts[3];
    int64_t monday = day("2026-11-16");
    (void)state;
    assert_true(retention_promotes(all, verdicts, 0, monday));
    fill(all, 3, BACKUP_CLASS_DAILY, monday + 1);
    judge(all, 3, monday + 4, verdicts);
    assert_false(retention_promotes(all, verdicts, 3, monday + 6));
    assert_true(retention_promotes(all, verdicts, 3, monday + 7));
    /* One that does not restore makes no week. */
    for (size_t i = 0; i < 3; i++)
        all[i].verified = false;
    judge(all, 3, monday + 4, verdicts);
    assert_true(retention_promotes(all, verdicts, 3, monday + 6));
}

static void nobody_keeps_himself_for_ever(void **state)
{
    struct retention_backup all[5];
    struct retention_verdict verdicts[5];
    (void)state;
    fill(all, 5, BACKUP_CLASS_DAILY, 20000);
    all[0].kept_until = day("9999-12-31");
    judge(all, 5, 20000 + RETENTION_DAYS_MAX, verdicts);
    assert_int_equal(verdicts[0].why, RETENTION_DATE);
    judge(all, 5, 20002 + RETENTION_DAYS_MAX, verdicts);
    assert_int_equal(verdicts[0].why, RETENTION_DUE);
}

static void steps(void **state)
{
    const struct retention_rules *rules = &retention_rules;
    const int64_t now_s = 1800000000;
    (void)state;
    assert_int_equal(retention_step(rules, false, now_s - 100 * HOUR_S, now_s), RETENTION_KEEP);
    assert_int_equal(retention_step(rules, true, 0, now_s), RETENTION_CONDEMN);
    assert_int_equal(retention_step(rules, true, now_s + 1, now_s), RETENTION_CONDEMN);
    assert_int_equal(retention_step(rules, true, now_s, now_s), RETENTION_WAIT);
    assert_int_equal(retention_step(rules, true, now_s - 72 * HOUR_S + 1, now_s), RETENTION_WAIT);
    assert_int_equal(retention_step(rules, true, now_s - 72 * HOUR_S, now_s), RETENTION_DELETE);
}

static void stops(void **state)
{
    (void)state;
    assert_false(retention_is_many(&retention_rules, 1, 2));
    assert_false(retention_is_many(&retention_rules, 2, 10));
    assert_true(retention_is_many(&retention_rules, 2, 9));
    assert_false(retention_is_much(&retention_rules, 20, 100));
    assert_true(retention_is_much(&retention_rules, 21, 100));
}

static int64_t jump_s(int64_t went_s, int64_t ran_s, const char *boot)
{
    struct retention_clock before = { 1800000000, 5000, "a" }, now = { 1800000000 + went_s, 0, "" };
    now.running_s = strcmp(boot, "a") ? ran_s : 5000 + ran_s;
    strcpy(now.boot, boot);
    return retention_clock_jump_s(&retention_rules, &before, &now);
}

static void clocks(void **state)
{
    const int64_t years_s = 10 * 365 * (int64_t)DAY_S;
    (void)state;
    assert_int_equal(jump_s(6 * HOUR_S, 6 * HOUR_S, "a"), 0);
    assert_int_equal(jump_s(7 * HOUR_S, 6 * HOUR_S, "a"), 0);
    assert_int_equal(jump_s(7 * HOUR_S + 1, 6 * HOUR_S, "a"), HOUR_S + 1);
    assert_int_equal(jump_s(5 * HOUR_S - 1, 6 * HOUR_S, "a"), -HOUR_S - 1);
    assert_true(jump_s(years_s, 6 * HOUR_S, "a") > 0 && jump_s(-years_s, 6 * HOUR_S, "a") < 0);
    /* After a restart: not back, not less far than it has been running, and on by no more than a day. */
    assert_int_equal(jump_s(20 * HOUR_S, 60, "b"), 0);
    assert_true(jump_s(26 * HOUR_S, 60, "b") > 0);
    assert_true(jump_s(-2 * HOUR_S, 60, "b") < 0);
    assert_true(jump_s(HOUR_S, 6 * HOUR_S, "b") < 0);
    assert_true(jump_s(years_s, 60, "b") > 0 && jump_s(-years_s, 60, "b") < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_by_class),
        cmocka_unit_test(ends_of_dates),
        cmocka_unit_test(iso_weeks),
        cmocka_unit_test(three_fulls_stay_for_ever),
        cmocka_unit_test(bases_outlive),
        cmocka_unit_test(a_ring_of_bases_ends),
        cmocka_unit_test(forgers_take_no_place),
        cmocka_unit_test(first_full_of_the_week_is_weekly),
        cmocka_unit_test(nobody_keeps_himself_for_ever),
        cmocka_unit_test(steps),
        cmocka_unit_test(stops),
        cmocka_unit_test(clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
