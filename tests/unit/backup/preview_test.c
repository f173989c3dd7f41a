/* What will become of backups: those that are there and those that are planned, by the same core as `vedette prune`. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/calendar/civil.h"
#include "services/backup/plans/preview.h"

#define DAY_MS INT64_C(86400000)

static struct zone *utc;
static int64_t today; /* a Monday */

static struct retention_backup one(unsigned number, enum backup_class class, int64_t slot)
{
    struct retention_backup backup = { .class = class,
        .slot = slot,
        .kept_until = retention_kept_until(&retention_rules.spans[class], slot),
        .zone = utc,
        .verified = true,
        .stored_s = slot * DAY_S + 3 * 3600,
        .content_bytes = 1000,
        .live_bytes = 1000,
        .files = 10 };
    snprintf(backup.backup, sizeof(backup.backup), "%032x", number);
    return backup;
}

static struct plan plan_of(size_t n, const struct document_timing *classes, struct document_backup_plan *body)
{
    *body = (struct document_backup_plan){
        .n_classes = n, .classes = (struct document_timing *)classes, .has_jitter_s = true
    };
    body->head.document = "00112233445566778899aabbccddeeff";
    body->head.expires = INT64_MAX;
    struct plan plan = { .body = body };
    assert_int_equal(timetable_of(body, utc, &plan.table, NULL), 0);
    return plan;
}

static unsigned count(const struct preview *preview, enum fate fate, bool planned)
{
    unsigned n = 0;
    for (size_t i = 0; i < preview->n; i++)
        n += preview->rows[i].fate == fate && (preview->rows[i].document != NULL) == planned;
    return n;
}

static void test_without_a_plan_the_newest_stay(void **state)
{
    (void)state;
    struct retention_backup all[5];
    struct preview preview;
    for (unsigned i = 0; i < 5; i++)
        all[i] = one(i + 1, BACKUP_CLASS_DAILY, today - 5 + i);
    int64_t now_ms = today * DAY_MS;
    assert_int_equal(preview_make(all, 5, NULL, 0, now_ms, now_ms + 30 * DAY_MS, &preview, NULL), 0);
    assert_int_equal(preview.n, 5);
    assert_int_equal(count(&preview, FATE_GONE, false), 2);
    assert_int_equal(count(&preview, FATE_KEPT, false), 3);
    assert_int_equal(preview.rows[4].why, RETENTION_FULLS);
    preview_free(&preview);
}

static void test_what_is_planned_takes_their_place(void **state)
{
    (void)state;
    const struct document_timing classes[] = { { .class = PLAN_CLASS_DAILY, .calendar = "03:00" },
        { .class = PLAN_CLASS_WEEKLY, .calendar = "Sun 04:00" } };
    struct document_backup_plan body;
    struct plan plan = plan_of(2, classes, &body);
    struct retention_backup all[] = { one(1, BACKUP_CLASS_DAILY, today - 1) };
    int64_t now_ms = today * DAY_MS;
    const struct preview_plan plans[] = { { &plan, 0, now_ms } };
    struct preview preview;
    assert_int_equal(preview_make(all, 1, plans, 1, now_ms, now_ms + 28 * DAY_MS - 1, &preview, NULL), 0);
    assert_int_equal(preview.n, 29);
    assert_int_equal(preview.rows[0].fate, FATE_GONE);
    assert_null(preview.rows[0].document);
    /* Four Mondays are weekly, of the dailies those of the last seven days are there, and four wait for their end. */
    unsigned weekly = 0;
    for (size_t i = 1; i < preview.n; i++) {
        bool is_weekly = preview.rows[i].backup->class == BACKUP_CLASS_WEEKLY;
        assert_int_equal(is_weekly, civil_weekday(preview.rows[i].backup->slot) == 0);
        assert_true(!is_weekly || preview.rows[i].fate == FATE_KEPT);
        weekly += is_weekly;
    }
    assert_int_equal(weekly, 4);
    assert_in_range(count(&preview, FATE_KEPT, true), 4 + 6, 4 + 7);
    assert_in_range(count(&preview, FATE_CONDEMNED, true), 2, 3);
    preview_free(&preview);
}

static void test_the_base_of_a_differential_lives_as_long(void **state)
{
    (void)state;
    struct retention_backup all[] = { one(1, BACKUP_CLASS_DAILY, today - 10),
        one(2, BACKUP_CLASS_DIFFERENTIAL, today - 9) };
    struct preview preview;
    int64_t now_ms = today * DAY_MS;
    memcpy(all[1].base, all[0].backup, sizeof(all[1].base));
    assert_int_equal(preview_make(all, 2, NULL, 0, now_ms, now_ms, &preview, NULL), 0);
    assert_int_equal(preview.rows[0].why, RETENTION_BASE);
    assert_int_equal(preview.rows[0].fate, FATE_KEPT);
    assert_int_equal(preview.rows[1].why, RETENTION_DATE);
    preview_free(&preview);
}

static int load(void **state)
{
    (void)state;
    utc = zone_load("UTC", NULL);
    today = civil_days((struct civil){ 2026, 6, 1 });
    return utc ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    zone_free(utc);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_plan_the_newest_stay),
        cmocka_unit_test(test_what_is_planned_takes_their_place),
        cmocka_unit_test(test_the_base_of_a_differential_lives_as_long),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
