#include "agent/counter.h"
#include "agent/wake.h"
#include "lib/beat.h"
#include "tests/unit/unit.h"

static const uint8_t key[BEAT_KEY_BYTES] = { 1, 2, 3 }, other[BEAT_KEY_BYTES] = { 3, 2, 1 };

static enum wake take(uint32_t agent, uint64_t counter, const uint8_t *under, uint64_t *last)
{
    uint8_t bytes[BEAT_BYTES];
    beat_encode(&(struct beat){ 0, agent, counter }, under, bytes);
    return wake_take(bytes, sizeof(bytes), 7, key, last);
}

static void test_only_ours_and_newer(void **state)
{
    (void)state;
    uint64_t last = 10;
    assert_int_equal(take(7, 10, key, &last), WAKE_NONE);   /* replayed */
    assert_int_equal(take(7, 9, key, &last), WAKE_NONE);    /* reordered */
    assert_int_equal(take(8, 11, key, &last), WAKE_NONE);   /* another agent's */
    assert_int_equal(take(7, 11, other, &last), WAKE_NONE); /* forged */
    assert_int_equal(take(7, COUNTER_MAX + 1, key, &last), WAKE_NONE);
    assert_int_equal(last, 10);
    assert_int_equal(take(7, 11, key, &last), WAKE_MAIL);
    assert_int_equal(last, 11);
    assert_int_equal(take(7, 11, key, &last), WAKE_NONE);
}

static void test_every_length(void **state)
{
    (void)state;
    uint8_t bytes[1500] = { 0 };
    uint64_t last = 0;
    beat_encode(&(struct beat){ BEAT_HELLO, 7, 1 }, key, bytes);
    for (unsigned length = 0; length <= sizeof(bytes); length++) {
        last = 0;
        assert_int_equal(wake_take(bytes, length, 7, key, &last), length == BEAT_BYTES ? WAKE_GREETING : WAKE_NONE);
    }
}

int main(void)
{
    crypto_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_ours_and_newer),
        cmocka_unit_test(test_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
