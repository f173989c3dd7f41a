#include "tests/unit/unit.h"

#include "contract.h"
#include "lib/buf.h"
#include "lib/message/message.h"
#include "lib/problem.h"

static struct problem problem;

static int decode(const struct shape *shape, const char *text, void *ret, json_t **ret_json)
{
    problem = (struct problem){ .code = "none" };
    *ret_json = message_parse(text, strlen(text), &problem);
    return *ret_json ? message_decode(shape, *ret_json, ret, &problem) : -1;
}

static void refuses(const struct shape *shape, const char *text, const char *code, const char *field)
{
    json_t *json;
    char ret[512];
    assert_int_equal(decode(shape, text, ret, &json), -1);
    assert_string_equal(problem.code, code);
    assert_string_equal(problem.field, field);
    json_decref(json);
}

static void a_request_is_read_into_its_struct(void **state)
{
    (void)state;
    struct call_token_create request;
    json_t *json;
    assert_int_equal(decode(&call_token_create_shape,
                         "{\"tenant\":\"acme\",\"site\":\"berlin-2\",\"uses\":10000,\"ttl_s\":60}", &request, &json), 0);
    assert_string_equal(request.tenant, "acme");
    assert_string_equal(request.site, "berlin-2");
    assert_int_equal(request.uses, 10000);
    assert_int_equal(request.ttl_s, 60);
    json_decref(json);
}

static void every_limit_is_kept(void **state)
{
    (void)state;
    const struct shape *shape = &call_token_create_shape;
    refuses(shape, "{\"tenant\":\"\",\"site\":\"s\",\"uses\":1,\"ttl_s\":60}", "bad-field", "tenant");
    refuses(shape, "{\"tenant\":\"-a\",\"site\":\"s\",\"uses\":1,\"ttl_s\":60}", "bad-field", "tenant");
    refuses(shape, "{\"tenant\":\"A\",\"site\":\"s\",\"uses\":1,\"ttl_s\":60}", "bad-field", "tenant");
    refuses(shape, "{\"tenant\":\"a\",\"site\":\"123456789012345678901234567890123\",\"uses\":1,\"ttl_s\":60}",
        "bad-field", "site");
    refuses(shape, "{\"tenant\":\"a\",\"site\":\"s\",\"uses\":0,\"ttl_s\":60}", "bad-field", "uses");
    refuses(shape, "{\"tenant\":\"a\",\"site\":\"s\",\"uses\":10001,\"ttl_s\":60}", "bad-field", "uses");
    refuses(shape, "{\"tenant\":\"a\",\"site\":\"s\",\"uses\":1.0,\"ttl_s\":60}", "bad-field", "uses");
    refuses(shape, "{\"tenant\":\"a\",\"site\":\"s\",\"uses\":-1,\"ttl_s\":60}", "bad-field", "uses");
    refuses(shape, "{\"tenant\":\"a\",\"site\":\"s\",\"uses\":1}", "missing-field", "ttl_s");
    refuses(shape, "{\"tenant\":\"a\",\"site\":\"s\",\"uses\":1,\"ttl_s\":60,\"x\":1}", "unknown-field", "x");
    refuses(&call_agent_rename_shape, "{\"agent\":4294967295,\"name\":\"n\"}", "bad-field", "agent");
    refuses(&call_agent_rename_shape, "{\"agent\":1,\"name\":\"a\\u0007\"}", "bad-field", "name");
    refuses(&call_agent_rename_shape, "{\"agent\":1,\"name\":\"a\\u009b\"}", "bad-field", "name");
    refuses(&call_agent_maintenance_shape, "{\"agent\":1,\"on\":\"yes\"}", "bad-field", "on");
    refuses(&call_agent_maintenance_shape, "{\"agent\":1,\"on\":true,\"until\":\"later\"}", "bad-field", "until");
}

static void what_is_no_object_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "[]", "1", "{", "{}x", "{\"agent\":1,\"agent\":2}", "{\"a\":\"\\u0000\"}",
        "{\"a\":\"\xff\"}" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        refuses(&call_agent_get_shape, bad[i], "bad-json", "");
}

static void absent_and_null_are_the_same(void **state)
{
    (void)state;
    struct call_agent_maintenance request;
    json_t *json;
    assert_int_equal(decode(&call_agent_maintenance_shape, "{\"agent\":1,\"on\":true,\"until\":null}", &request, &json),
        0);
    assert_false(request.has_until);
    json_decref(json);
}

static void rows_go_by_column_and_come_back(void **state)
{
    (void)state;
    struct call_agents_list_reply_row rows[2] = {
        { .agent = 1, .name = "a\"b", .tenant = "t", .site = "s", .state = STATE_ONLINE, .since = 1000,
            .has_last_seen = true, .last_seen = 2000 },
        { .agent = 2, .name = "c", .tenant = "t", .site = "s", .state = STATE_NEVER, .since = 0, .os = "Debian" },
    };
    struct call_agents_list_reply reply = { .now = 5000, .next = 0, .n_rows = 2, .rows = rows }, again;
    struct buf text = { 0 };
    assert_int_equal(message_encode(&call_agents_list_reply_shape, &reply, &text), 0);
    assert_non_null(strstr(text.data, "\"agent\":[1,2]"));
    assert_non_null(strstr(text.data, "\"last_seen\":[\"1970-01-01T00:00:02.000Z\",null]"));
    json_t *json;
    assert_int_equal(decode(&call_agents_list_reply_shape, text.data, &again, &json), 0);
    assert_int_equal(again.n_rows, 2);
    assert_string_equal(again.rows[0].name, "a\"b");
    assert_true(again.rows[0].has_last_seen);
    assert_false(again.rows[1].has_last_seen);
    assert_int_equal(again.rows[1].state, STATE_NEVER);
    assert_null(again.rows[0].os);
    message_free(&call_agents_list_reply_shape, &again);
    json_decref(json);
    buf_free(&text);
}

static void columns_of_unequal_length_are_refused(void **state)
{
    (void)state;
    refuses(&call_site_list_reply_shape, "{\"tenant\":[\"a\",\"b\"],\"site\":[\"s\"]}", "bad-field", "site");
}

static void secrets_stay_out_of_the_public_form(void **state)
{
    (void)state;
    const struct call_session_login login = { .user = "alice", .password = "correct horse battery", .otp = "123456" };
    struct buf text = { 0 };
    assert_int_equal(message_encode_public(&call_session_login_shape, &login, &text), 0);
    assert_string_equal(text.data, "{\"user\":\"alice\"}");
    buf_free(&text);
}

static void texts_of_a_url_become_values(void **state)
{
    (void)state;
    json_t *object = json_object();
    assert_int_equal(message_set_text(&call_agents_list_shape, object, "limit", "5", &problem), 0);
    assert_int_equal(message_set_text(&call_agents_list_shape, object, "q", "5", &problem), 0);
    assert_true(json_is_integer(json_object_get(object, "limit")));
    assert_true(json_is_string(json_object_get(object, "q")));
    assert_int_equal(message_set_text(&call_agents_list_shape, object, "limit", "6", &problem), -1);
    assert_int_equal(message_set_text(&call_agents_list_shape, object, "after", " 6", &problem), -1);
    assert_int_equal(message_set_text(&call_agents_list_shape, object, "after", "99999999999999999999", &problem), -1);
    assert_int_equal(message_set_text(&call_agents_list_shape, object, "nothing", "6", &problem), -1);
    assert_string_equal(problem.code, "unknown-field");
    json_decref(object);
}

static void a_set_of_words_reads_back(void **state)
{
    (void)state;
    static const char *const words[] = { "ops", "access", "fleet", NULL };
    char text[17];
    unsigned set = 0;
    assert_int_equal(word_set(words, "fleet ops", &set), 0);
    word_set_text(words, set, text, sizeof(text));
    assert_string_equal(text, "ops fleet");
    word_set_text(words, 7, text, sizeof(text));
    assert_string_equal(text, "ops access fleet");
    word_set_text(words, 7, text, sizeof(text) - 1);
    assert_string_equal(text, "ops access");
    word_set_text(words, 0, text, sizeof(text));
    assert_string_equal(text, "");
    assert_int_equal(word_set(words, "", &set), -1);
    assert_int_equal(word_set(words, "ops  fleet", &set), -1);
}

static void words_make_a_set(void **state)
{
    (void)state;
    static const char *const wrong[] = { "", " ", "ops ", " ops", "ops  fleet", "ops,fleet", "op", "opsx", "ops=1" };
    unsigned set = 0;
    assert_int_equal(word_set(class_words, "alert ops ops", &set), 0);
    assert_int_equal(set, 1u << CLASS_OPS | 1u << CLASS_ALERT);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(word_set(class_words, wrong[i], &set), -1);
    assert_int_equal(set, 1u << CLASS_OPS | 1u << CLASS_ALERT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_of_words_reads_back),
        cmocka_unit_test(a_request_is_read_into_its_struct),
        cmocka_unit_test(every_limit_is_kept),
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test(absent_and_null_are_the_same),
        cmocka_unit_test(rows_go_by_column_and_come_back),
        cmocka_unit_test(columns_of_unequal_length_are_refused),
        cmocka_unit_test(secrets_stay_out_of_the_public_form),
        cmocka_unit_test(texts_of_a_url_become_values),
        cmocka_unit_test(words_make_a_set),
    };
    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
