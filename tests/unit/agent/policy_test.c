#include "agent/policy.h"
#include "lib/problem.h"
#include "tests/unit/agent/place.h"

static int parse(const char *text, struct policy *ret, struct problem *problem)
{
    return policy_parse("p", text, ret, problem);
}

static void test_values(void **state)
{
    (void)state;
    struct policy policy;
    assert_int_equal(parse("", &policy, NULL), 0);
    assert_true(policy.inventory && policy.server_may_wake);
    assert_int_equal(parse("# nothing\n\n  inventory=off # here\r\nserver_may_wake \t= on", &policy, NULL), 0);
    assert_false(policy.inventory);
    assert_true(policy.server_may_wake);
}

static void test_mistakes_name_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *reason;
    } bad[] = {
        { "inventory = on\nscripts = on\n", "p:2: there is no key scripts" },
        { "inventory = yes", "p:1: inventory must be on or off, not yes" },
        { "\n\ninventory", "p:3: not `key = value`" },
        { "inventory = on\ninventory = on", "p:2: inventory stands twice" },
        { "inventory =", "p:1: inventory must be on or off, not " },
        { "= on", "p:1: there is no key " },
        { "inventory = on off", "p:1: inventory must be on or off, not on off" },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct policy policy = { false, true };
        struct problem problem;
        assert_int_equal(parse(bad[i].text, &policy, &problem), -1);
        assert_string_equal(problem.reason, bad[i].reason);
        assert_false(policy.inventory);
        assert_true(policy.server_may_wake);
    }
    char text[400];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    struct policy policy;
    assert_int_equal(parse(text, &policy, NULL), -1);
}

static void test_loose_files_are_refused(void **state)
{
    (void)state;
    static const mode_t loose[] = { 0666, 0664, 0646, 0622 };
    struct policy policy;
    struct problem problem;
    put("policy.conf", "inventory = off\n", 0644);
    assert_int_equal(policy_load("policy.conf", &policy, NULL), 0);
    assert_false(policy.inventory);
    for (size_t i = 0; i < sizeof(loose) / sizeof(*loose); i++) {
        put("policy.conf", "", loose[i]);
        assert_int_equal(policy_load("policy.conf", &policy, &problem), -1);
        assert_string_equal(problem.code, "loose-permissions");
    }
    put("policy.conf", "", 0644);
    if (geteuid() == 0) {
        assert_int_equal(chown("policy.conf", 65534, 65534), 0);
        assert_int_equal(policy_load("policy.conf", &policy, &problem), -1);
        assert_string_equal(problem.code, "loose-permissions");
    }
    assert_int_equal(policy_load("missing.conf", &policy, NULL), -1);
    assert_int_equal(file_write("policy.conf", "inventory = off\0\nmore", 21, 0644, NULL), 0);
    assert_int_equal(policy_load("policy.conf", &policy, NULL), -1);
}

/* The example that is shipped says what holds without it. */
static void test_shipped_example(void **state)
{
    (void)state;
    struct policy policy;
    char *text;
    size_t bytes;
    assert_int_equal(file_read("agent/package/policy.conf", POLICY_LIMIT_BYTES, &text, &bytes, NULL), 0);
    assert_int_equal(parse(text, &policy, NULL), 0);
    for (const struct policy_key *key = policy_keys; key->name; key++) {
        char line[64];
        snprintf(line, sizeof(line), "\n%s = %s\n", key->name, key->initial ? "on" : "off");
        assert_non_null(strstr(text, line));
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped_example), /* first: relative to where the tests are started */
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_mistakes_name_their_place),
        in_place(test_loose_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
