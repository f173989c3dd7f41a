#include "tests/unit/unit.h"

#include "lib/ghash.h"

static struct ghash *hash;

static struct ghash *make(uint8_t first)
{
    uint8_t key[SECRET_BYTES];
    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = (uint8_t)(first + i);
    return ghash_new(key);
}

static int setup(void **state)
{
    (void)state;
    hash = make(0);
    return hash ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    ghash_free(hash);
    return 0;
}

static void must_be(const void *data, size_t bytes, const char *hex)
{
    uint8_t wanted[GHASH_BYTES], found[GHASH_BYTES];
    assert_int_equal(crypto_unhex(hex, wanted, sizeof(wanted)), 0);
    assert_int_equal(ghash(hash, data, bytes, found), 0);
    assert_memory_equal(found, wanted, sizeof(wanted));
}

/* By the openssl command: mac -cipher AES-256-GCM … GMAC, enc -aes-256-ecb -nopad; keys by RFC 5869. */
static void it_is_what_others_make_of_it(void **state)
{
    (void)state;
    uint8_t data[1000];
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 7);
    must_be("", 0, "13cabf4f91dc01cd6182f089159ac8ff");
    must_be("abc", 3, "eb2604089afb661a3a4784390ed459f8");
    must_be(data, sizeof(data), "eb6dac26e0fdadb0696740c06dace183");
    must_be("abc", 3, "eb2604089afb661a3a4784390ed459f8");
}

/* Zeros add nothing to the sum but their number. */
static void each_length_of_zeros_has_its_own(void **state)
{
    (void)state;
    static const uint8_t zeros[512];
    static uint8_t all[sizeof(zeros)][GHASH_BYTES];
    for (size_t i = 0; i < sizeof(zeros); i++) {
        assert_int_equal(ghash(hash, zeros, i, all[i]), 0);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(all[i], all[j], GHASH_BYTES);
    }
}

static void another_key_makes_another(void **state)
{
    (void)state;
    uint8_t ours[GHASH_BYTES], theirs[GHASH_BYTES], again[GHASH_BYTES];
    struct ghash *other = make(1), *same = make(0);
    assert_true(other && same);
    assert_int_equal(ghash(hash, "abc", 3, ours) || ghash(other, "abc", 3, theirs) || ghash(same, "abc", 3, again), 0);
    assert_memory_not_equal(ours, theirs, sizeof(ours));
    assert_memory_equal(ours, again, sizeof(ours));
    ghash_free(other);
    ghash_free(same);
}

#define with_hash(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_hash(it_is_what_others_make_of_it),
        with_hash(each_length_of_zeros_has_its_own),
        with_hash(another_key_makes_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
