#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/harmless.h"
#include "cli/value.h"
#include "contract.h"
#include "lib/buf.h"

static void check_text(const struct call_agents_list_reply_row *row, const char *name, int64_t now_ms, const char *want)
{
    const struct field *field = value_field(call_agents_list_reply_shape.row, name, strlen(name));
    struct buf text = { 0 };
    assert_non_null(field);
    assert_int_equal(value_text(field, row, now_ms, &text), 0);
    assert_string_equal(text.data, want);
    buf_free(&text);
}

static void values_for_people(void **state)
{
    (void)state;
    const struct call_agents_list_reply_row row = {
        .agent = 7,
        .name = "web 1",
        .tenant = "acme",
        .site = "hq",
        .state = STATE_ONLINE,
        .since = 1000,
    };
    check_text(&row, "agent", 0, "7");
    check_text(&row, "name", 0, "web 1");
    check_text(&row, "state", 0, "online");
    check_text(&row, "last_seen", 0, "-");
    check_text(&row, "hostname", 0, "-");
    check_text(&row, "since", 0, "1970-01-01T00:00:01.000Z");
    check_text(&row, "since", 6000, "5 s ago");
    check_text(&row, "since", 500, "0 s ago");
    check_text(&row, "since", 1000 + 7199 * 1000, "119 min ago");
    check_text(&row, "since", 1000 + 86400 * 1000, "24 h ago");
}

static void a_hostile_name_cannot_steer_the_terminal(void **state)
{
    (void)state;
    const struct call_agents_list_reply_row row = { .name = "a\xc2\x9b"
                                                            "2J\xc3\xa9\xc2\xa0z",
        .hostname = "remove \xe2\x80\xaegnp.exe" };
    check_text(&row, "name", 0, "a<U+009B>2J\xc3\xa9\xc2\xa0z");
    check_text(&row, "hostname", 0, "remove <U+202E>gnp.exe");
    struct buf shown = { 0 };
    /* As a refusal of the server may have it. */
    static const char reason[] = "\x1b]0;all is well\x07\xff";
    assert_int_equal(harmless_append(&shown, reason, strlen(reason)), 0);
    assert_string_equal(shown.data, "<U+001B>]0;all is well<U+0007><FF>");
    buf_free(&shown);
}

static void what_is_absent_is_null_for_machines(void **state)
{
    (void)state;
    const struct call_agents_list_reply_row row = { .agent = 7, .name = "web" };
    const struct field *field = value_field(call_agents_list_reply_shape.row, "last_seen", 9);
    json_t *json = value_json(field, &row);
    assert_true(json_is_null(json));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_for_people),
        cmocka_unit_test(a_hostile_name_cannot_steer_the_terminal),
        cmocka_unit_test(what_is_absent_is_null_for_machines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
