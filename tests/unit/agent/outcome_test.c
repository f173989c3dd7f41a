#include <stdio.h>

#include "agent/outcome.h"
#include "lib/buf.h"
#include "tests/unit/unit.h"

#define NONCE "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static int parse(const char *text, struct outcome *ret)
{
    return outcome_parse(text, strlen(text), ret, NULL);
}

static void test_there_and_back(void **state)
{
    (void)state;
    struct outcome sent = { .delivered = true, .counter = 12, .address = "fd00::1", .nonce = NONCE }, got;
    struct buf line = { 0 };
    assert_int_equal(outcome_encode(&sent, &line), 0);
    assert_int_equal(outcome_parse(line.data, line.length, &got, NULL), 0);
    assert_true(got.delivered);
    assert_int_equal(got.counter, 12);
    assert_string_equal(got.address, "fd00::1");
    assert_string_equal(got.nonce, NONCE);

    buf_clear(&line);
    sent = (struct outcome){ .code = "retired", .reason = "the agent was \"retired\"" };
    assert_int_equal(outcome_encode(&sent, &line), 0);
    assert_int_equal(outcome_parse(line.data, line.length, &got, NULL), 0);
    assert_false(got.delivered);
    assert_string_equal(got.code, "retired");
    assert_string_equal(got.reason, sent.reason);

    buf_clear(&line);
    sent = (struct outcome){ .carried = "drop" };
    assert_int_equal(outcome_encode(&sent, &line), 0);
    assert_int_equal(outcome_parse(line.data, line.length, &got, NULL), 0);
    assert_false(got.delivered);
    assert_string_equal(got.carried, "drop");
    buf_free(&line);
}

static void test_anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "null",
        "{\"code\":1,\"reason\":\"x\"}",
        "{\"code\":\"x\"}",
        "{\"carried\":\"\"}",
        "{\"carried\":\"by-pigeon\"}",
        "{\"code\":\"x\",\"reason\":\"y\",\"more\":1}",
        "{\"address\":\"1.2.3.4\",\"counter\":1,\"nonce\":\"short\"}",
        "{\"address\":\"host.name\",\"counter\":1,\"nonce\":\"" NONCE "\"}",
        "{\"address\":\"1.2.3.4\",\"counter\":-1,\"nonce\":\"" NONCE "\"}",
        "{\"address\":\"1.2.3.4\",\"counter\":1,\"counter\":2,\"nonce\":\"" NONCE "\"}",
        "{\"address\":\"1.2.3.4\",\"counter\":1,\"nonce\":\"" NONCE "\"} more",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct outcome outcome = { .counter = 99 };
        assert_int_equal(parse(bad[i], &outcome), -1);
        assert_int_equal(outcome.counter, 99);
    }
    struct outcome outcome;
    char text[512];
    snprintf(text, sizeof(text), "{\"code\":\"%0100d\",\"reason\":\"y\"}", 1);
    assert_int_equal(parse(text, &outcome), -1);
    snprintf(text, sizeof(text), "{\"code\":\"x\",\"reason\":\"%0300d\"}", 1);
    assert_int_equal(parse(text, &outcome), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_anything_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
