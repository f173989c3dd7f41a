#include "tests/unit/unit.h"

#include "services/portal/accounts/keyrule.h"
#include "services/portal/web.h"

#define NOW 1700000000000LL
#define FRESH_S 600

static struct problem problem;

static int session_proven_before(enum key_rule rule, int64_t age_ms)
{
    const struct identity who = { .user = "alice", .by_cookie = true, .proven_ms = NOW - age_ms };
    return keyrule_check(rule, &who, NOW, FRESH_S, &problem);
}

static void a_session_may_for_so_long_after_its_key(void **state)
{
    (void)state;
    for (enum key_rule rule = KEY_FRESH; rule <= KEY_PERSON; rule++) {
        assert_int_equal(session_proven_before(rule, 0), 0);
        assert_int_equal(session_proven_before(rule, FRESH_S * 1000 - 1), 0);
        assert_int_equal(session_proven_before(rule, FRESH_S * 1000), -1);
        assert_string_equal(problem.code, "key-wanted");
    }
}

static void other_routes_never_ask(void **state)
{
    (void)state;
    const struct identity token = { .user = "ci" };
    assert_int_equal(session_proven_before(KEY_NONE, NOW), 0);
    assert_int_equal(keyrule_check(KEY_NONE, &token, NOW, FRESH_S, &problem), 0);
}

/* As of a session from before there were such times, and where the clock was put back. */
static void an_age_that_nobody_knows_is_too_old(void **state)
{
    (void)state;
    assert_int_equal(session_proven_before(KEY_FRESH, NOW), -1);
    assert_int_equal(session_proven_before(KEY_FRESH, -1), -1);
    assert_string_equal(problem.code, "key-wanted");
}

static void a_token_has_no_key_and_is_no_person(void **state)
{
    (void)state;
    const struct identity token = { .user = "ci", .role = ROLE_ADMINISTRATOR };
    assert_int_equal(keyrule_check(KEY_FRESH, &token, NOW, FRESH_S, &problem), 0);
    assert_int_equal(keyrule_check(KEY_PERSON, &token, NOW, FRESH_S, &problem), -1);
    assert_string_equal(problem.code, "no-permission");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_may_for_so_long_after_its_key),
        cmocka_unit_test(other_routes_never_ask),
        cmocka_unit_test(an_age_that_nobody_knows_is_too_old),
        cmocka_unit_test(a_token_has_no_key_and_is_no_person),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
