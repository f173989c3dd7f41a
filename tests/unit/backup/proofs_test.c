/* What is known of looks at backups: the last that held, and whose next word did not come. */
#include "tests/unit/unit.h"

#include "lib/loop.h"
#include "lib/records.h"
#include "services/backup/catalogue/proofs.h"
#include "services/backup/schema.h"
#include "tests/unit/folder.h"

#define NOW INT64_C(1800000000000)
#define DAY INT64_C(86400000)
#define ONE "00000000000000000000000000000001"
#define OTHER "00000000000000000000000000000002"

static char folder[FOLDER_BYTES];
static struct loop *loop;
static struct records *records;

static int begin(void **state)
{
    (void)state;
    char path[64];
    folder_make(folder);
    snprintf(path, sizeof(path), "%s/backup.db", folder);
    loop = loop_new();
    records = records_open(path, backup_schema, loop, NULL);
    assert_non_null(records);
    return 0;
}

static int end(void **state)
{
    (void)state;
    records_close(records);
    loop_free(loop);
    folder_remove(folder);
    return 0;
}

static void keep(enum proof proof, bool proven, int64_t time_ms, int64_t next_by_ms, const char *target)
{
    const struct call_proof_report report = { .agent = 7,
        .backup = ONE,
        .proof = proof,
        .proven = proven,
        .time = time_ms,
        .backup_target = target,
        .has_next_by = next_by_ms != 0,
        .next_by = next_by_ms,
        .reason = proven ? NULL : "altered" };
    proofs_keep(records, &report);
}

static size_t late(int64_t now_ms, struct proof_late ret[4])
{
    return proofs_late(records, now_ms, ret, 4);
}

static void the_last_that_held_is_known(void **state)
{
    (void)state;
    keep(PROOF_BYTES, true, NOW, 0, NULL);
    assert_int_equal(proofs_newest(records, 7, NULL), 0);
    assert_int_equal(proofs_verified(records, 7), NOW);
    keep(PROOF_RESTORE, true, NOW + 1, 0, NULL);
    keep(PROOF_RESTORE, false, NOW, 0, NULL); /* an older word */
    assert_int_equal(proofs_newest(records, 7, ONE), NOW + 1);
    assert_int_equal(proofs_newest(records, 7, OTHER), 0);
    keep(PROOF_BYTES, false, NOW + DAY, 0, NULL);
    assert_int_equal(proofs_verified(records, 7), 0);
    assert_int_equal(proofs_verified(records, 8), 0);
}

static void a_word_that_does_not_come_is_told_once(void **state)
{
    (void)state;
    struct proof_late found[4];
    keep(PROOF_BYTES, true, NOW, NOW + DAY, "nas");
    keep(PROOF_RESTORE, true, NOW, NOW + 2 * DAY, "nas");
    keep(PROOF_BYTES, true, NOW, 0, "disk"); /* promised nothing */
    assert_int_equal(late(NOW + DAY - 1, found), 0);
    assert_int_equal(late(NOW + DAY, found), 1);
    assert_true(found[0].agent == 7 && found[0].proof == PROOF_BYTES && found[0].next_by_ms == NOW + DAY);
    assert_string_equal(found[0].target, "nas");
    proofs_told(records, &found[0]);
    assert_int_equal(late(NOW + DAY, found), 0);
    assert_int_equal(late(NOW + 2 * DAY, found), 1);
    assert_int_equal(found[0].proof, PROOF_RESTORE);
    keep(PROOF_RESTORE, true, NOW + 2 * DAY, NOW + 4 * DAY, "nas"); /* it came after all */
    assert_int_equal(late(NOW + 3 * DAY, found), 0);
}

static void nobody_waits_for_more_where_backups_are_wrong_or_machines_gone(void **state)
{
    (void)state;
    struct proof_late found[4];
    keep(PROOF_BYTES, false, NOW, NOW + DAY, "nas");
    assert_int_equal(late(NOW + 2 * DAY, found), 0);
    keep(PROOF_BYTES, true, NOW, NOW + DAY, "nas");
    proofs_forget(records, 7);
    assert_int_equal(late(NOW + 2 * DAY, found), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_last_that_held_is_known, begin, end),
        cmocka_unit_test_setup_teardown(a_word_that_does_not_come_is_told_once, begin, end),
        cmocka_unit_test_setup_teardown(nobody_waits_for_more_where_backups_are_wrong_or_machines_gone, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
