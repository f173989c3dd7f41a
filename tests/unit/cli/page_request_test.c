#include "tests/unit/unit.h"

#include "cli/page_request.h"

#define TOKEN "0123456789abcdefghijABCDEFGHIJ0123456789abc"
#define PORT 7720

static const struct page_asked opened = {
    .method = "GET", .path = "/" TOKEN "/", .host = "localhost:7720", .site = "none"
};
static const struct page_asked sent = { .method = "POST",
    .path = "/" TOKEN "/sign",
    .host = "localhost:7720",
    .origin = "http://localhost:7720",
    .site = "same-origin",
    .type = "application/json" };

static void led_there(void **state)
{
    (void)state;
    assert_string_equal(page_admits(&opened, TOKEN, PORT), "/");
    assert_string_equal(page_admits(&sent, TOKEN, PORT), "/sign");
    struct page_asked asked = sent;
    asked.type = "application/json; charset=utf-8";
    assert_string_equal(page_admits(&asked, TOKEN, PORT), "/sign");
    asked = opened;
    asked.site = NULL;
    assert_string_equal(page_admits(&asked, TOKEN, PORT), "/");
}

static void refused(struct page_asked asked)
{
    assert_null(page_admits(&asked, TOKEN, PORT));
}

/* A name that DNS leads here, another port, an address: the passkey would be asked under another name, or not at
 * all. */
static void under_its_name_alone(void **state)
{
    (void)state;
    const char *const hosts[] = { NULL, "", "127.0.0.1:7720", "[::1]:7720", "localhost", "localhost:7721",
        "localhost:77200", "localhost.example:7720", "LOCALHOST:7720" };
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        struct page_asked asked = opened;
        asked.host = hosts[i];
        refused(asked);
    }
}

static void by_its_own_page_alone(void **state)
{
    (void)state;
    const char *const origins[] = { NULL, "null", "https://localhost:7720", "http://localhost:7721", "http://localhost",
        "http://localhost:7720/", "https://vedette.example" };
    for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
        struct page_asked asked = sent;
        asked.origin = origins[i];
        refused(asked);
    }
    const char *const sites[] = { "cross-site", "same-site", "" };
    for (size_t i = 0; i < sizeof(sites) / sizeof(sites[0]); i++) {
        struct page_asked asked = opened;
        asked.site = sites[i];
        refused(asked);
    }
    const char *const types[] = { NULL, "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "" };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct page_asked asked = sent;
        asked.type = types[i];
        refused(asked);
    }
}

static void with_the_token_alone(void **state)
{
    (void)state;
    const char *const paths[] = { "/", "", "/" TOKEN, "/" TOKEN "x/", "//" TOKEN "/", "/0" TOKEN "/",
        "/1123456789abcdefghijABCDEFGHIJ0123456789abc/", "/app.js" };
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct page_asked asked = opened;
        asked.path = paths[i];
        refused(asked);
    }
    const char *const methods[] = { "HEAD", "PUT", "OPTIONS" };
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        struct page_asked asked = opened;
        asked.method = methods[i];
        refused(asked);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(led_there),
        cmocka_unit_test(under_its_name_alone),
        cmocka_unit_test(by_its_own_page_alone),
        cmocka_unit_test(with_the_token_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
