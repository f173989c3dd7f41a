#include "tests/unit/unit.h"

#include "lib/message/message.h"
#include "services/portal/route.h"

static struct route_match found(const char *method, const char *path)
{
    struct route_match match;
    assert_int_equal(route_find(method, path, &match), ROUTE_FOUND);
    return match;
}

static void every_row_is_found_by_its_own_path(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++) {
        char path[128] = "";
        /* Fields in braces as the number 7. */
        for (const char *from = route_rows[i].path; *from; from++) {
            if (*from == '{') {
                strcat(path, "7");
                from = strchr(from, '}');
            } else {
                strncat(path, from, 1);
            }
        }
        struct route_match match = found(route_rows[i].method, path);
        assert_ptr_equal(match.row, &route_rows[i]);
        size_t fields = 0;
        for (const char *brace = route_rows[i].path; (brace = strchr(brace, '{')); brace++)
            fields++;
        assert_int_equal(match.n_fields, fields);
    }
}

static void unknown_paths_and_other_methods(void **state)
{
    (void)state;
    struct route_match match;
    for (const char *const *path = (const char *const[]){ "/api/v1/agent", "/api/v1/agents/", "/api/v1/agents//name",
             "/api/v1/agents/1/names", "/api/v1/", "", "/api/v1/agents/1/name/2", "/api/v2/agents", NULL };
         *path; path++)
        assert_int_equal(route_find("GET", *path, &match), ROUTE_UNKNOWN);
    assert_int_equal(route_find("DELETE", "/api/v1/tenants", &match), ROUTE_OTHER_METHOD);
    assert_string_equal(match.allow, "GET, POST");
    assert_int_equal(route_find("get", "/api/v1/session", &match), ROUTE_OTHER_METHOD);
    assert_string_equal(match.allow, "GET");
    assert_null(match.row);
}

static void fields_of_the_path_go_into_the_request(void **state)
{
    (void)state;
    struct problem problem;
    struct call_agent_rename in;
    struct route_match match = found("POST", "/api/v1/agents/17/name");
    const char body[] = "{\"name\":\"door\"}";
    json_t *object = route_object(&match, body, strlen(body), &problem);
    assert_non_null(object);
    assert_int_equal(message_decode(&call_agent_rename_shape, object, &in, &problem), 0);
    assert_int_equal(in.agent, 17);
    assert_string_equal(in.name, "door");
    json_decref(object);
}

static void the_last_field_may_have_slashes(void **state)
{
    (void)state;
    struct route_match match = found("GET", "/log/ops/tile/0/x001/x234/067.p/5");
    assert_int_equal(match.row->call, CALL_LOG_TILE);
    assert_string_equal(match.fields[0].value, "ops");
    assert_string_equal(match.fields[1].name, "tile");
    assert_string_equal(match.fields[1].value, "0/x001/x234/067.p/5");
    match = found("GET", "/log/ops/tile/entries/x001/067");
    assert_int_equal(match.row->call, CALL_LOG_BUNDLE);
    assert_string_equal(match.fields[1].value, "x001/067");
    assert_int_equal(found("GET", "/log/ops/checkpoint.cosigned").row->call, CALL_LOG_FILE);
    assert_int_equal(route_find("GET", "/log/ops/tile/", &match), ROUTE_UNKNOWN);
    assert_int_equal(route_find("GET", "/log/ops/checkpoint/more", &match), ROUTE_UNKNOWN);
}

static void hostile_bodies(void **state)
{
    (void)state;
    struct problem problem;
    struct route_match match = found("POST", "/api/v1/agents/17/name");
    for (const char *const *body = (const char *const[]){ "{", "[]", "1", "{\"name\":\"a\",\"name\":\"b\"}",
             "{\"agent\":18}", "{\"name\":\"a\"} x", NULL };
         *body; body++)
        assert_null(route_object(&match, *body, strlen(*body), &problem));
    assert_null(route_object(&match, "{}\0", 3, &problem));
    match = found("POST", "/api/v1/agents/seventeen/name");
    assert_null(route_object(&match, "{}", 2, &problem));
    assert_string_equal(problem.code, "bad-field");
    assert_string_equal(problem.field, "agent");
}

static void queries(void **state)
{
    (void)state;
    struct problem problem;
    struct route_match match = found("GET", "/api/v1/agents");
    json_t *object = route_object(&match, "", 0, &problem);
    assert_int_equal(route_argument(&match, object, "limit", "5", &problem), 0);
    assert_int_equal(route_argument(&match, object, "limit", "6", &problem), -1);
    assert_int_equal(route_argument(&match, object, "nothing", "6", &problem), -1);
    assert_string_equal(problem.code, "unknown-field");
    assert_int_equal(route_argument(&match, object, "after", "1e3", &problem), -1);
    json_decref(object);
    match = found("GET", "/api/v1/stream");
    object = route_object(&match, "", 0, &problem);
    assert_int_equal(route_argument(&match, object, "limit", "5", &problem), -1);
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_found_by_its_own_path),
        cmocka_unit_test(unknown_paths_and_other_methods),
        cmocka_unit_test(fields_of_the_path_go_into_the_request),
        cmocka_unit_test(the_last_field_may_have_slashes),
        cmocka_unit_test(hostile_bodies),
        cmocka_unit_test(queries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
