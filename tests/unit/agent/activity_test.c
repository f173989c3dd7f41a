/* The activity log: whoever floods a machine with what it refuses cannot push out what became of runs. */
#include "agent/work/activity.h"

#include <stdlib.h>

#include "agent/work/refusals.h"
#include "tests/unit/agent/place.h"

#define MILLION 1000000
#define NOW INT64_C(1800000000000)

static char *all_of(const char *file)
{
    char *text;
    size_t bytes;
    return file_read(file, 16 << 20, &text, &bytes, NULL) ? NULL : text;
}

static unsigned lines_with(const char *text, const char *part)
{
    unsigned n = 0;
    for (; text && (text = strstr(text, part)); text++)
        n++;
    return n;
}

static off_t size_of(const char *file)
{
    struct stat found;
    return stat(file, &found) ? 0 : found.st_size;
}

static void refuse(const char *kind, const char *code)
{
    char detail[80];
    snprintf(detail, sizeof(detail), "it is not signed (%s)", code);
    activity_refused(&(struct activity){ .kind = kind, .detail = detail }, code);
}

static void a_million_refusals_leave_the_record_of_a_run(void **state)
{
    (void)state;
    activity_open("activity.log");
    activity_write("done", &(struct activity){ .kind = "task", .title = "the run that counts" });
    for (int i = 0; i < MILLION; i++)
        refuse("task", i % 2 ? "too-few-signers" : "bad-signature");
    activity_close();
    char *runs = all_of("activity.log"), *refused = all_of("refused.log");
    assert_int_equal(lines_with(runs, "the run that counts"), 1);
    assert_int_equal(lines_with(runs, "\n"), 1);
    assert_int_equal(lines_with(refused, "(bad-signature)"), REFUSALS_LINES + 1);
    assert_non_null(strstr(refused, "499900 more like it (bad-signature)"));
    assert_non_null(strstr(refused, "499900 more like it (too-few-signers)"));
    free(runs);
    free(refused);
}

static void what_differs_each_time_pushes_out_no_run_either(void **state)
{
    (void)state;
    char code[32];
    activity_open("activity.log");
    activity_write("done", &(struct activity){ .kind = "task", .title = "the run that counts" });
    for (int i = 0; i < MILLION / 10; i++) {
        snprintf(code, sizeof(code), "code-%d", i);
        refuse("task", code);
    }
    activity_close();
    char *runs = all_of("activity.log"), *refused = all_of("refused.log");
    assert_int_equal(lines_with(runs, "the run that counts"), 1);
    assert_non_null(strstr(refused, "more like it (others)"));
    assert_true(size_of("refused.log") + size_of("refused.log.1") < 4 * ACTIVITY_REFUSED_BYTES);
    free(runs);
    free(refused);
}

static void another_process_goes_on_counting(void **state)
{
    (void)state;
    for (int process = 0; process < 50; process++) {
        activity_open("activity.log");
        for (int i = 0; i < REFUSALS_LINES; i++)
            refuse("task", "expired");
        activity_close();
    }
    char *refused = all_of("refused.log");
    assert_int_equal(lines_with(refused, "it is not signed"), REFUSALS_LINES);
    assert_int_equal(lines_with(refused, "100 more like it (expired)"), 49);
    free(refused);
}

static void alike_ones_begin_anew_each_hour(void **state)
{
    (void)state;
    static struct refusals refusals;
    uint64_t more;
    for (int i = 0; i < REFUSALS_LINES; i++)
        assert_true(refusals_take(&refusals, "task", "expired", NOW));
    assert_false(refusals_take(&refusals, "task", "expired", NOW));
    assert_true(refusals_take(&refusals, "task", "frozen", NOW));
    assert_string_equal(refusals_counted(&refusals, &more)->code, "expired");
    assert_int_equal(more, 1);
    assert_null(refusals_counted(&refusals, &more));
    assert_false(refusals_take(&refusals, "task", "expired", NOW + REFUSALS_WINDOW_MS - 1));
    refusals_counted(&refusals, &more);
    assert_true(refusals_take(&refusals, "task", "expired", NOW + REFUSALS_WINDOW_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_place(a_million_refusals_leave_the_record_of_a_run),
        in_place(what_differs_each_time_pushes_out_no_run_either),
        in_place(another_process_goes_on_counting),
        cmocka_unit_test(alike_ones_begin_anew_each_hour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
