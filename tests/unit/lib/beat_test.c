#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/beat.h"

/* Key and message of the reference vector of SipHash-2-4 (Aumasson and Bernstein, appendix A): 00 01 02 … */
static const uint8_t key[BEAT_KEY_BYTES] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

static const uint8_t known[BEAT_BYTES] = {
    1,
    BEAT_HELLO,
    0,
    0,
    0,
    0,
    0x12,
    0x34,
    0,
    0,
    0,
    0,
    0,
    0,
    0x10,
    0x01,
};

static void test_layout(void **state)
{
    (void)state;
    uint8_t bytes[BEAT_BYTES];
    beat_encode(&(struct beat){ BEAT_HELLO, 0x1234, 0x1001 }, key, bytes);
    assert_memory_equal(bytes, known, 16);

    struct beat beat;
    assert_int_equal(beat_decode(bytes, sizeof(bytes), &beat), 0);
    assert_int_equal(beat.flags, BEAT_HELLO);
    assert_int_equal(beat.agent, 0x1234);
    assert_int_equal(beat.counter, 0x1001);
    assert_true(beat_authentic(bytes, key));
}

/* The MAC stands in the beat as SipHash defines its output bytes, so that anyone can check with any implementation. */
static void test_mac_is_siphash(void **state)
{
    (void)state;
    const uint8_t vector[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
    const uint8_t hash[8] = { 0xdb, 0x9b, 0xc2, 0x57, 0x7f, 0xcc, 0x2a, 0x3f };
    uint8_t beat[BEAT_BYTES];
    memcpy(beat, vector, sizeof(vector));
    memcpy(beat + 16, hash, sizeof(hash));
    assert_true(beat_authentic(beat, key));
}

static void test_every_changed_bit_is_noticed(void **state)
{
    (void)state;
    uint8_t bytes[BEAT_BYTES];
    beat_encode(&(struct beat){ 0, 7, 1 }, key, bytes);
    for (unsigned bit = 0; bit < 8 * BEAT_BYTES; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(beat_authentic(bytes, key));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    uint8_t other[BEAT_KEY_BYTES];
    memcpy(other, key, sizeof(other));
    other[0] ^= 1;
    assert_false(beat_authentic(bytes, other));
}

static void test_bad_layout_is_refused(void **state)
{
    (void)state;
    struct beat beat = { 9, 9, 9 };
    uint8_t bytes[BEAT_BYTES + 1] = { 0 };
    for (unsigned length = 0; length <= BEAT_BYTES + 1; length++) {
        memcpy(bytes, known, BEAT_BYTES);
        assert_int_equal(beat_decode(bytes, length, &beat), length == BEAT_BYTES ? 0 : -1);
    }
    const unsigned bad[] = { 0, 2, 3 }; /* version, reserved */
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        memcpy(bytes, known, BEAT_BYTES);
        bytes[bad[i]] += 1;
        assert_int_equal(beat_decode(bytes, BEAT_BYTES, &beat), -1);
    }
    memcpy(bytes, known, BEAT_BYTES);
    memset(bytes + 4, 0, 4); /* no agent has the id 0 */
    assert_int_equal(beat_decode(bytes, BEAT_BYTES, &beat), -1);
    assert_int_equal(beat.agent, 0x1234); /* untouched since the last good one */
}

int main(void)
{
    crypto_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_mac_is_siphash),
        cmocka_unit_test(test_every_changed_bit_is_noticed),
        cmocka_unit_test(test_bad_layout_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
