/* Orders of backups: what is taken, what is kept of it, and what the program that backs up says. */
#include <sys/stat.h>
#include <unistd.h>

#include "agent/work/backups/backup_line.h"
#include "agent/work/backups/ordered.h"
#include "agent/work/backups/restore_line.h"
#include "agent/work/place.h"
#include "lib/clock.h"
#include "lib/problem.h"
#include "tests/unit/agent/place.h"

#define ID "00112233445566778899aabbccddeeff"
#define HASH ID ID
#define NOW INT64_C(1795305600000) /* 2026-11-22T00:00:00Z */
#define HOUR INT64_C(3600000)

/* An order by which a backup may begin, with some members changed. */
static char *order_text(const char *changed)
{
    char ordered[RFC3339_BYTES], begin[RFC3339_BYTES], expires[RFC3339_BYTES];
    clock_rfc3339(ordered, NOW);
    clock_rfc3339(begin, NOW + 6 * HOUR);
    clock_rfc3339(expires, NOW + 48 * HOUR);
    json_t *order = json_pack("{ss si ss ss ss si ss ss ss ss sb ss ss ss}", "deployment", ID, "agent", 7, "fingerprint",
        HASH, "backup", ID, "document", ID, "document_version", 3, "backup_class", "daily", "slot", "2026-11-22", "zone",
        "Europe/Oslo", "kept_until", "2026-11-28", "anchor", 0, "ordered_at", ordered, "begin_by", begin, "expires",
        expires);
    json_t *changes = changed ? json_loads(changed, 0, NULL) : NULL;
    assert_true(order && (changes || !changed));
    json_object_update(order, changes);
    char *text = json_dumps(order, JSON_COMPACT);
    json_decref(order);
    json_decref(changes);
    return text;
}

static const char *verdict(const char *changed, int64_t now_ms)
{
    static struct problem problem;
    static struct document_timing classes[] = { { PLAN_CLASS_DAILY, "02:00", false, false } };
    struct document_backup_plan plan = { .zone = "Europe/Oslo", .n_classes = 1, .classes = classes };
    const struct order_for ours = { ID, HASH };
    struct order order;
    char *text = order_text(changed);
    plan.head.version = 3;
    problem = (struct problem){ .code = "" };
    if (!order_parse(text, strlen(text), &order, &problem)) {
        order_judge(&order, &ours, &plan, now_ms, &problem);
        order_free(&order);
    }
    free(text);
    return problem.code;
}

static void test_what_may_begin(void **state)
{
    (void)state;
    assert_string_equal(verdict(NULL, NOW), "");
    assert_string_equal(verdict(NULL, NOW + 6 * HOUR), "");
    assert_string_equal(verdict(NULL, NOW + 6 * HOUR + 1), "late-order");
    assert_string_equal(verdict(NULL, NOW - HOUR - 1), "bad-order");
    assert_string_equal(verdict("{\"deployment\":\"ff112233445566778899aabbccddeeff\"}", NOW), "other-deployment");
    assert_string_equal(verdict("{\"fingerprint\":\"ff" HASH "\"}", NOW), "bad-order");
    assert_string_equal(
        verdict("{\"fingerprint\":\"ff112233445566778899aabbccddeeff" ID "\"}", NOW), "not-a-target");
    assert_string_equal(verdict("{\"document_version\":2}", NOW), "other-version");
    assert_string_equal(verdict("{\"zone\":\"UTC\"}", NOW), "bad-order");
    assert_string_equal(verdict("{\"surprise\":1}", NOW), "bad-order");
}

/* A class that the plan has; a weekly is the first daily full of its week. */
static void test_classes(void **state)
{
    (void)state;
    assert_string_equal(verdict("{\"backup_class\":\"weekly\",\"kept_until\":\"2027-02-25\"}", NOW), "");
    assert_string_equal(verdict("{\"backup_class\":\"manual\",\"kept_until\":\"2026-12-20\"}", NOW), "");
    assert_string_equal(verdict("{\"backup_class\":\"differential\",\"kept_until\":\"2026-12-20\"}", NOW), "other-class");
    assert_string_equal(verdict("{\"backup_class\":\"access\",\"kept_until\":\"2027-12-20\"}", NOW), "other-class");
}

/* No order makes a life short, or stands for another day. */
static void test_dates(void **state)
{
    (void)state;
    assert_string_equal(verdict("{\"kept_until\":\"2026-11-27\"}", NOW), "bad-order");
    assert_string_equal(verdict("{\"kept_until\":\"2036-11-27\"}", NOW), "");
    assert_string_equal(verdict("{\"kept_until\":\"2026-13-27\"}", NOW), "bad-order");
    assert_string_equal(verdict("{\"slot\":\"2026-11-20\"}", NOW), "");
    assert_string_equal(verdict("{\"slot\":\"2026-11-19\"}", NOW), "bad-order");
    assert_string_equal(verdict("{\"slot\":\"2026-11-25\",\"kept_until\":\"2027-11-25\"}", NOW), "bad-order");
    assert_string_equal(verdict("{\"expires\":\"2026-11-24T00:00:00.001Z\"}", NOW), "bad-order");
    assert_string_equal(verdict("{\"begin_by\":\"2026-11-21T23:00:00Z\"}", NOW), "bad-order");
}

static void test_what_is_kept(void **state)
{
    struct ordered *all[ORDERED_MAX];
    struct problem problem;
    char *text = order_text(NULL);
    (void)state;
    assert_int_equal(mkdir(ORDERS_DIR, 0700), 0);
    struct ordered *ordered = ordered_new(text, &problem);
    assert_non_null(ordered);
    ordered->state = ORDERED_ENDED;
    ordered->end = BACKUP_STATE_FAILED;
    ordered->tries = 2;
    ordered->content_bytes = 9;
    strcpy(ordered->code, "target-full");
    strcpy(ordered->reason, "no \"room\"");
    assert_int_equal(ordered_save(ordered, &problem), 0);
    put(ORDERS_DIR "/ff112233445566778899aabbccddeeff", "{}", 0600);
    put(ORDERS_DIR "/" ID ".p7s", "commit", 0600);
    assert_int_equal(ordered_load_all(all), 1);
    assert_string_equal(all[0]->text, text);
    assert_int_equal(all[0]->state, ORDERED_ENDED);
    assert_int_equal(all[0]->end, BACKUP_STATE_FAILED);
    assert_int_equal(all[0]->tries, 2);
    assert_string_equal(all[0]->reason, "no \"room\"");
    ordered_remove(all[0]);
    ordered_free(all[0]);
    assert_int_equal(ordered_load_all(all), 0);
    assert_int_equal(access(ORDERS_DIR "/" ID ".p7s", F_OK), -1);
    ordered_free(ordered);
    free(text);
}

static void test_lines(void **state)
{
    struct backup_said said;
    (void)state;
    backup_line("progress 3 400 50", &said);
    assert_int_equal(said.word, BACKUP_SAYS_PROGRESS);
    assert_true(said.files == 3 && said.content_bytes == 400 && said.new_bytes == 50);
    backup_line("failed no-memory nothing left", &said);
    assert_int_equal(said.word, BACKUP_SAYS_FAILED);
    assert_string_equal(said.code, "no-memory");
    assert_string_equal(said.reason, "nothing left");
    /* A name that is no text, and one that would turn a line around. */
    backup_line("failed file a\xff\x01" "b \xe2\x80\xae" "c", &said);
    assert_string_equal(said.reason, "a??b ?c");
    static const char *const none[] = { "", "progress", "progress 1 2", "progress 1 2 3 4", "progress 1 -2 3", "done 1 2 x",
        "failed", "failed X y", "failed  y", "surprise 1 2 3" };
    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
        backup_line(none[i], &said);
        assert_int_equal(said.word, BACKUP_SAYS_NOTHING);
    }
}

static void test_lines_of_restores(void **state)
{
    struct restore_said said;
    (void)state;
    restore_line("progress 3 10 400 5000 1 0", &said);
    assert_int_equal(said.word, RESTORE_SAYS_PROGRESS);
    assert_true(said.files == 3 && said.expected_files == 10 && said.content_bytes == 400 && said.expected_bytes == 5000);
    assert_true(said.same_files == 1 && said.failed_files == 0);
    restore_line("done 9 10 5000 5000 0 1", &said);
    assert_true(said.word == RESTORE_SAYS_DONE && said.failed_files == 1);
    restore_line("failed too-many no more keys", &said);
    assert_int_equal(said.word, RESTORE_SAYS_FAILED);
    assert_string_equal(said.code, "too-many");
    static const char *const none[] = { "", "progress 1 2 3 4 5", "progress 1 2 3 4 5 6 7", "done", "failed", "expect 1 2" };
    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
        restore_line(none[i], &said);
        assert_int_equal(said.word, RESTORE_SAYS_NOTHING);
    }
}

static void note_line(void *arg, const char *line)
{
    strcat(arg, line);
    strcat(arg, "|");
}

static void test_lines_are_cut(void **state)
{
    struct said_lines lines = { 0 };
    char heard[200] = "", overlong[SAID_LINE_BYTES + 10];
    (void)state;
    said_lines_add(&lines, "one\ntw", 6, note_line, heard);
    said_lines_add(&lines, "o\n\n", 3, note_line, heard);
    assert_string_equal(heard, "one|two||");
    memset(overlong, 'x', sizeof(overlong));
    said_lines_add(&lines, overlong, sizeof(overlong), note_line, heard);
    said_lines_add(&lines, "rest\nthree\n", 11, note_line, heard);
    assert_string_equal(heard, "one|two||three|");
}

static void test_pace(void **state)
{
    struct backup_pace pace = { 0 };
    (void)state;
    assert_int_equal(backup_pace_left_s(&pace, 1000), -1);
    backup_pace_add(&pace, 0, 1000);
    backup_pace_add(&pace, 100, 2000);
    assert_int_equal(backup_pace_left_s(&pace, 1100), 10);
    backup_pace_add(&pace, 100, 3000); /* it stands still: less is expected of it, and not nothing at once */
    assert_int_equal(backup_pace_left_s(&pace, 800), 10);
    assert_int_equal(backup_pace_left_s(&pace, 100), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_may_begin),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_dates),
        in_place(test_what_is_kept),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_lines_of_restores),
        cmocka_unit_test(test_lines_are_cut),
        cmocka_unit_test(test_pace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
