#include "tests/unit/unit.h"

#include "services/portal/accounts/apitokens.h"
#include "services/portal/feed/position.h"

static void positions(void **state)
{
    (void)state;
    uint64_t position[CLASS_COUNT] = { 9, 9, 9, 9 };
    assert_int_equal(feed_position_parse("ops-5,access-9,fleet-12,alert-3", position), 0);
    assert_int_equal(position[CLASS_OPS], 5);
    assert_int_equal(position[CLASS_FLEET], 12);
    assert_int_equal(feed_position_parse("alert-7", position), 0);
    assert_int_equal(position[CLASS_ALERT], 7);
    assert_true(position[CLASS_OPS] == FEED_NOW);
    for (const char *const *bad = (const char *const[]){ "fleet", "fleet-", "-1", "fleet-x", "flee-1", "fleets-1",
             "fleet-1;alert-2", "fleet-1 ", "fleet--1", "fleet-1234567890123456789", NULL };
         *bad; bad++)
        assert_int_equal(feed_position_parse(*bad, position), -1);
    assert_int_equal(position[CLASS_ALERT], 7);
}

static void bearer_tokens(void **state)
{
    (void)state;
    const char token[] = "vedette_0123456789012345678901234567890123456789012";
    char header[80] = "bearer  ";
    assert_string_equal(apitoken_of_header(strcat(header, token)), token);
    for (const char *const *bad = (const char *const[]){ "", "Bearer", "Bearer ", "Basic YTpi", "Bearer vedette_short",
             "Bearer other__0123456789012345678901234567890123456789012", NULL };
         *bad; bad++)
        assert_null(apitoken_of_header(*bad));
}

static void tokens_that_are_for_a_few_calls(void **state)
{
    (void)state;
    assert_true(apitoken_is_for(NULL, "agent.get"));
    assert_true(apitoken_is_for("", "agent.get"));
    assert_true(apitoken_is_for("proof.report", "proof.report"));
    assert_true(apitoken_is_for(" a.b  proof.report c.d", "proof.report"));
    for (const char *const *call = (const char *const[]){ "proof.repor", "proof.reports", "proof", "", "stream", NULL }; *call;
         call++)
        assert_false(apitoken_is_for("proof.report agents.list", *call));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions),
        cmocka_unit_test(bearer_tokens),
        cmocka_unit_test(tokens_that_are_for_a_few_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
