#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/route.h"
#include "lib/buf.h"

static void check(enum call call, const char *fields, const char *target, const char *body)
{
    const struct route_row *route = route_of(call);
    json_t *json = json_loads(fields, 0, NULL), *left;
    struct buf text = { 0 };
    assert_non_null(route);
    assert_int_equal(route_fill(route, json, &text, &left), 0);
    assert_string_equal(text.data, target);
    char *sent = left ? json_dumps(left, JSON_COMPACT) : NULL;
    if (body)
        assert_string_equal(sent, body);
    else
        assert_null(sent);
    free(sent);
    json_decref(left);
    json_decref(json);
    buf_free(&text);
}

static void fields_go_into_path_query_or_body(void **state)
{
    (void)state;
    check(CALL_AGENTS_LIST, "{\"tenant\":\"acme\",\"after\":7}", "/api/v1/agents?tenant=acme&after=7", NULL);
    check(CALL_AGENT_GET, "{\"agent\":7}", "/api/v1/agents/7", NULL);
    check(CALL_AGENT_RENAME, "{\"agent\":7,\"name\":\"web\"}", "/api/v1/agents/7/name", "{\"name\":\"web\"}");
    check(CALL_AGENT_RETIRE, "{\"agent\":7}", "/api/v1/agents/7/retire", "{}");
    check(CALL_ALERT_LIST, "{\"open\":true}", "/api/v1/alerts?open=true", NULL);
}

static void a_value_cannot_leave_its_place(void **state)
{
    (void)state;
    check(CALL_AGENTS_LIST, "{\"q\":\"a&b=c/\xc3\xa9 %\"}", "/api/v1/agents?q=a%26b%3Dc%2F%C3%A9%20%25", NULL);
}

static void a_field_of_the_path_must_be_there(void **state)
{
    (void)state;
    json_t *json = json_object(), *left = NULL;
    struct buf text = { 0 };
    assert_int_equal(route_fill(route_of(CALL_AGENT_GET), json, &text, &left), -1);
    assert_null(left);
    json_decref(json);
    buf_free(&text);
}

static void calls_of_the_host_alone_have_no_route(void **state)
{
    (void)state;
    assert_null(route_of(CALL_USER_RESET));
    assert_null(route_of(CALL_FLEET_REGISTER));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_go_into_path_query_or_body),
        cmocka_unit_test(a_value_cannot_leave_its_place),
        cmocka_unit_test(a_field_of_the_path_must_be_there),
        cmocka_unit_test(calls_of_the_host_alone_have_no_route),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
