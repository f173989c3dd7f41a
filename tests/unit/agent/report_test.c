#include <dirent.h>

#include "agent/watch/report.h"

#include "lib/problem.h"
#include "tests/unit/agent/place.h"

static struct envelope_watches_row row_of(int64_t time_ms)
{
    return (struct envelope_watches_row){
        .report_row = REPORT_ROW_TREND,
        .time = time_ms,
        .watch = "root",
        .watch_kind = WATCH_KIND_DISK,
        .has_mean = true,
        .mean = 42,
    };
}

static char only_report[300];

static size_t reports(void)
{
    size_t n = 0;
    DIR *dir = opendir(REPORT_DIR);
    for (struct dirent *one; (one = readdir(dir));) {
        if (*one->d_name == '.')
            continue;
        snprintf(only_report, sizeof(only_report), REPORT_DIR "/%s", one->d_name);
        n++;
    }
    closedir(dir);
    return n;
}

static void test_rows_become_a_report(void **state)
{
    (void)state;
    struct report report;
    struct envelope_watches all;
    struct json_t *lines;
    char *text;
    size_t bytes;
    assert_int_equal(report_open(&report, NULL), 0);
    for (int64_t i = 1; i <= 3; i++) {
        struct envelope_watches_row row = row_of(i * 1000);
        report_add(&report, &row);
    }
    assert_int_equal(report_keep(&report, NULL), 0);
    report_close(&report);

    /* After a kill it is all there. */
    assert_int_equal(report_open(&report, NULL), 0);
    assert_int_equal(report_finish(&report, NULL), 0);
    assert_int_equal(reports(), 1);
    assert_int_equal(file_read(only_report, 10000, &text, &bytes, NULL), 0);
    assert_int_equal(report_parse(text, bytes, &all, &lines, NULL), 0);
    assert_int_equal(all.n_rows, 3);
    assert_int_equal(all.rows[2].time, 3000);
    assert_int_equal(all.rows[2].mean, 42);
    assert_string_equal(all.rows[0].watch, "root");
    report_free(&all, lines);
    free(text);
    report_close(&report);
}

static void test_nothing_is_a_report_too(void **state)
{
    (void)state;
    struct report report;
    struct envelope_watches all;
    struct json_t *lines;
    assert_int_equal(report_open(&report, NULL), 0);
    assert_int_equal(report_finish(&report, NULL), 0);
    assert_int_equal(report_finish(&report, NULL), 0); /* in the same millisecond perhaps */
    assert_int_equal(reports(), 2);
    assert_int_equal(report_parse("", 0, &all, &lines, NULL), 0);
    assert_int_equal(all.n_rows, 0);
    report_free(&all, lines);
    report_close(&report);
}

static void test_bounded_while_nobody_takes(void **state)
{
    (void)state;
    struct report report;
    struct problem problem;
    struct envelope_watches all;
    struct json_t *lines;
    char *text;
    size_t bytes;
    assert_int_equal(report_open(&report, NULL), 0);
    for (int i = 0; i < REPORTS_WAITING; i++)
        assert_int_equal(report_finish(&report, NULL), 0);
    for (int64_t i = 0; i < 5000; i++) {
        struct envelope_watches_row row = row_of(i);
        report_add(&report, &row);
        if (i % 10 == 0)
            assert_int_equal(report_keep(&report, NULL), 0);
    }
    assert_int_equal(report_finish(&report, &problem), -1);
    assert_string_equal(problem.code, "report-waits");
    assert_true(report.given_up > 0);
    assert_true(report.spool_bytes <= REPORT_SPOOL_BYTES);
    /* What is left is the newest, whole. */
    assert_int_equal(file_read(REPORT_SPOOL_FILE, REPORT_SPOOL_BYTES, &text, &bytes, NULL), 0);
    assert_int_equal(report_parse(text, bytes, &all, &lines, NULL), 0);
    assert_int_equal(all.rows[all.n_rows - 1].time, 4999);
    assert_int_equal(all.n_rows + report.given_up, 5000);
    report_free(&all, lines);
    free(text);
    report_close(&report);
}

static void test_refuses_what_is_no_report(void **state)
{
    (void)state;
    struct envelope_watches all;
    struct json_t *lines;
    static const char *const bad[] = { "{", "{}\n", "{\"report_row\":\"trend\"}\n",
        "{\"report_row\":\"trend\",\"time\":\"2026-01-01T00:00:00Z\",\"watch\":\"A\",\"watch_kind\":\"cpu\"}\n",
        "{\"report_row\":\"trend\",\"time\":\"2026-01-01T00:00:00Z\",\"watch\":\"a\",\"watch_kind\":\"cpu\",\"x\":1}\n",
        "{\"report_row\":\"trend\",\"time\":\"2026-01-01T00:00:00Z\",\"watch\":\"a\",\"watch_kind\":\"cpu\"}", NULL };
    for (const char *const *one = bad; *one; one++)
        assert_int_equal(report_parse(*one, strlen(*one), &all, &lines, NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_place(test_rows_become_a_report),
        in_place(test_nothing_is_a_report_too),
        in_place(test_bounded_while_nobody_takes),
        cmocka_unit_test(test_refuses_what_is_no_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
