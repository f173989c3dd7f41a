#include "tests/unit/unit.h"

#include <stdio.h>

#include "services/portal/accounts/throttle.h"

static void twenty_failures_then_one_every_three_seconds(void **state)
{
    (void)state;
    struct throttle *throttle = throttle_new();
    int64_t now_ms = 1000000;
    for (int i = 0; i < 20; i++) {
        assert_true(throttle_allows(throttle, "192.0.2.1", now_ms));
        throttle_failed(throttle, "192.0.2.1", now_ms);
    }
    assert_false(throttle_allows(throttle, "192.0.2.1", now_ms));
    assert_true(throttle_allows(throttle, "192.0.2.2", now_ms));
    assert_false(throttle_allows(throttle, "192.0.2.1", now_ms));
    assert_true(throttle_allows(throttle, "192.0.2.1", now_ms + 3000));
    throttle_failed(throttle, "192.0.2.1", now_ms + 3000);
    assert_false(throttle_allows(throttle, "192.0.2.1", now_ms + 3000));
    assert_true(throttle_allows(throttle, "192.0.2.1", now_ms + 100000));
    throttle_free(throttle);
}

static void a_network_of_ipv6_counts_as_one(void **state)
{
    (void)state;
    struct throttle *throttle = throttle_new();
    for (int i = 0; i < 20; i++) {
        char address[32];
        snprintf(address, sizeof(address), "2001:db8:0:7::%x", i);
        throttle_failed(throttle, address, 1000);
    }
    assert_false(throttle_allows(throttle, "2001:db8:0:7:ffff::1", 1000));
    assert_true(throttle_allows(throttle, "2001:db8:0:8::1", 1000));
    throttle_free(throttle);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    struct throttle *throttle = throttle_new();
    for (uint32_t i = 0; i < 100000; i++) {
        char address[16];
        snprintf(address, sizeof(address), "%u.%u.%u.1", i >> 16, i >> 8 & 255, i & 255);
        throttle_failed(throttle, address, 1000);
        assert_true(throttle_allows(throttle, address, 1000));
    }
    throttle_free(throttle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twenty_failures_then_one_every_three_seconds),
        cmocka_unit_test(a_network_of_ipv6_counts_as_one),
        cmocka_unit_test(memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
