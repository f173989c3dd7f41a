#include "tests/unit/unit.h"

#include "lib/http/private.h"

static const char *judge(const char *const headers[][2], size_t n, bool http_1_1)
{
    struct http_facts facts = { 0 };
    for (size_t i = 0; i < n; i++)
        http_facts_add(&facts, headers[i][0], strlen(headers[i][0]), headers[i][1]);
    return http_facts_ambiguous(&facts, http_1_1);
}

#define JUDGE(http_1_1, ...)                                                                                           \
    judge((const char *const[][2]){ __VA_ARGS__ },                                                                     \
        sizeof((const char *const[][2]){ __VA_ARGS__ }) / sizeof(char *[2]), http_1_1)
#define HOST                                                                                                           \
    {                                                                                                                  \
        "Host", "localhost"                                                                                            \
    }

static void takes_what_is_unambiguous(void **state)
{
    (void)state;
    assert_null(JUDGE(true, HOST));
    assert_null(JUDGE(false, HOST));
    assert_null(JUDGE(true, HOST, { "Content-Length", "0" }));
    assert_null(JUDGE(true, { "hOST", "a" }, { "content-LENGTH", "123456789012345678" }));
    assert_null(JUDGE(true, HOST, { "Transfer-Encoding", "chunked" }, { "X-Anything", "" }));
}

static void refuses_what_two_readers_may_read_differently(void **state)
{
    (void)state;
    assert_non_null(JUDGE(true, { "Accept", "*" }));
    assert_non_null(JUDGE(true, HOST, HOST));
    assert_non_null(JUDGE(true, HOST, { "Content-Length", "5" }, { "Content-Length", "5" }));
    assert_non_null(JUDGE(true, HOST, { "Content-Length", "5" }, { "Transfer-Encoding", "chunked" }));
    assert_non_null(JUDGE(true, HOST, { "Transfer-Encoding", "chunked" }, { "Transfer-Encoding", "chunked" }));
    assert_non_null(JUDGE(false, HOST, { "Transfer-Encoding", "chunked" }));
    for (const char *const *value =
             (const char *const[]){ "Chunked", "gzip, chunked", "chunked ", "xchunked", "", NULL };
         *value; value++)
        assert_non_null(JUDGE(true, HOST, { "Transfer-Encoding", *value }));
    for (const char *const *value =
             (const char *const[]){ "", "-1", "+5", "0x5", "5 ", "5,5", "1234567890123456789", NULL };
         *value; value++)
        assert_non_null(JUDGE(true, HOST, { "Content-Length", *value }));
}

static void refuses_names_that_hide_another(void **state)
{
    (void)state;
    assert_non_null(JUDGE(true, HOST, { "Content-Length ", "5" }));
    assert_non_null(JUDGE(true, HOST, { " Host", "b" }));
    assert_non_null(JUDGE(true, HOST, { "A\tB", "b" }));
    /* As libmicrohttpd hands on a folded "Transfer-Encoding:\r\n chunked". */
    assert_non_null(JUDGE(true, HOST, { "Transfer-Encodingchunked", "" }));
    assert_non_null(JUDGE(true, HOST, { "content-length5", "" }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_is_unambiguous),
        cmocka_unit_test(refuses_what_two_readers_may_read_differently),
        cmocka_unit_test(refuses_names_that_hide_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
