#include "tests/unit/unit.h"

#include "lib/buf.h"

static void grows_and_ends_in_nul(void **state)
{
    (void)state;
    struct buf buf = { 0 };
    for (int i = 0; i < 1000; i++)
        assert_int_equal(buf_format(&buf, "%d,", i), 0);
    assert_int_equal(buf.length, 3890);
    assert_int_equal(buf.data[buf.length], 0);
    buf_free(&buf);
}

static void stops_exactly_at_its_limit(void **state)
{
    (void)state;
    struct buf buf = { .limit_bytes = 8 };
    assert_int_equal(buf_text(&buf, "12345678"), 0);
    assert_int_equal(buf_text(&buf, "9"), -1);
    assert_true(buf.failed);
    assert_string_equal(buf.data, "12345678");
    buf_clear(&buf);
    assert_int_equal(buf_text(&buf, "again"), 0);
    buf_free(&buf);
}

static void stays_failed_so_that_one_check_is_enough(void **state)
{
    (void)state;
    struct buf buf = { .limit_bytes = 4 };
    buf_text(&buf, "12345");
    assert_int_equal(buf_text(&buf, "1"), -1);
    buf_free(&buf);
}

static void escapes_json(void **state)
{
    (void)state;
    struct buf buf = { 0 };
    const char text[] = "a\"b\\c\n\x01\x7f\xc3\xa9";
    assert_int_equal(buf_json_string(&buf, text, sizeof(text) - 1), 0);
    assert_string_equal(buf.data, "\"a\\\"b\\\\c\\n\\u0001\\u007f\xc3\xa9\"");
    buf_free(&buf);
}

static void a_json_string_that_does_not_fit_leaves_nothing(void **state)
{
    (void)state;
    struct buf buf = { .limit_bytes = 6 };
    buf_text(&buf, "x:");
    assert_int_equal(buf_json_string(&buf, "abcdef", 6), -1);
    assert_int_equal(buf.length, 2);
    buf_free(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_ends_in_nul),
        cmocka_unit_test(stops_exactly_at_its_limit),
        cmocka_unit_test(stays_failed_so_that_one_check_is_enough),
        cmocka_unit_test(escapes_json),
        cmocka_unit_test(a_json_string_that_does_not_fit_leaves_nothing),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
