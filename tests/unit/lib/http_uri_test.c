#include "tests/unit/unit.h"

#include "lib/http/private.h"

static void decodes_to(const char *text, const char *expected)
{
    char copy[64];
    strcpy(copy, text);
    assert_int_equal(http_decode(copy), expected ? 0 : -1);
    if (expected)
        assert_string_equal(copy, expected);
}

static void percent_decoding(void **state)
{
    (void)state;
    decodes_to("/a%20b%2Fc%C3%A9", "/a b/c\xc3\xa9");
    decodes_to("", "");
    decodes_to("%25", "%");
    decodes_to("%2525", "%25");
}

static void refuses_what_is_no_text(void **state)
{
    (void)state;
    for (const char *const *bad = (const char *const[]){ "%", "%4", "%zz", "a%0", "%00", "%0a", "%1f", "%7f", "%ff",
             "%c3", "%ed%a0%80", "%c0%80", "\x01", "\xff", NULL };
         *bad; bad++)
        decodes_to(*bad, NULL);
}

static void gzip_is_taken_only_where_offered(void **state)
{
    (void)state;
    assert_true(http_accepts_gzip("gzip"));
    assert_true(http_accepts_gzip("br, GZIP;q=0.5"));
    assert_true(http_accepts_gzip("deflate,gzip ; q=1.0 , br"));
    assert_false(http_accepts_gzip(NULL));
    assert_false(http_accepts_gzip(""));
    assert_false(http_accepts_gzip("gzip;q=0"));
    assert_false(http_accepts_gzip("gzip;q=0.000, br"));
    assert_false(http_accepts_gzip("gzipped, br"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percent_decoding),
        cmocka_unit_test(refuses_what_is_no_text),
        cmocka_unit_test(gzip_is_taken_only_where_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
