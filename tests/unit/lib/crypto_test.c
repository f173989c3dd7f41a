#include "tests/unit/unit.h"

#include "lib/crypto.h"
#include "lib/keywrap.h"
#include "lib/totp.h"

static void hex(const char *text, uint8_t *ret, size_t bytes)
{
    assert_int_equal(crypto_unhex(text, ret, bytes), 0);
}

/* RFC 5869 has no case with an empty salt and our input length; this one was made with `openssl kdf`. */
static void hkdf_agrees_with_openssl(void **state)
{
    (void)state;
    uint8_t secret[SECRET_BYTES], made[48], wanted[48];
    for (unsigned i = 0; i < sizeof(secret); i++)
        secret[i] = (uint8_t)i;
    crypto_hkdf(secret, "vedette beat v1", made, sizeof(made));
    hex("1aab783e9481e6b9671ab59c5fee8e8e30c1b28f2d198700217a8245fce43e18f4cc77e622fb7aa92ddb58e6320a344f", wanted, sizeof(wanted));
    assert_memory_equal(made, wanted, sizeof(made));
}

/* The example of the SipHash paper has 15 bytes; of the authors' vectors this is the one with 16: 00 01 … 0f. */
static void siphash_agrees_with_its_authors(void **state)
{
    (void)state;
    uint8_t key[16], data[16];
    for (unsigned i = 0; i < 16; i++)
        key[i] = data[i] = (uint8_t)i;
    assert_true(crypto_siphash16(key, data) == __builtin_bswap64(0x3f2acc7f57c29bdbULL));
}

/* RFC 3394 §4.6: 256 bits of key data under a 256-bit key. */
static void key_wrap_agrees_with_its_rfc(void **state)
{
    (void)state;
    uint8_t key[32], secret[32], wrapped[WRAPPED_BYTES], wanted[WRAPPED_BYTES], again[32];
    hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", key, 32);
    hex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f", secret, 32);
    hex("28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21", wanted, WRAPPED_BYTES);
    keywrap(key, secret, wrapped);
    assert_memory_equal(wrapped, wanted, WRAPPED_BYTES);
    assert_int_equal(keyunwrap(key, wrapped, again), 0);
    assert_memory_equal(again, secret, 32);
}

static void an_altered_wrapped_key_is_refused(void **state)
{
    (void)state;
    uint8_t key[32] = { 1 }, secret[32] = { 2 }, wrapped[WRAPPED_BYTES], again[32] = { 3 };
    keywrap(key, secret, wrapped);
    for (size_t i = 0; i < sizeof(wrapped); i++) {
        wrapped[i] ^= 1;
        assert_int_equal(keyunwrap(key, wrapped, again), -1);
        wrapped[i] ^= 1;
    }
    assert_int_equal(again[0], 3);
}

/* RFC 6238 appendix B, the last six of its eight digits. */
static void one_time_passwords_agree_with_their_rfc(void **state)
{
    (void)state;
    const uint8_t *secret = (const uint8_t *)"12345678901234567890";
    assert_int_equal(totp_match(secret, "287082", 59), 1);
    assert_int_equal(totp_match(secret, "081804", 1111111109), 37037036);
    assert_int_equal(totp_match(secret, "353130", 20000000000), 666666666);
}

static void a_code_is_good_one_step_to_either_side(void **state)
{
    (void)state;
    const uint8_t *secret = (const uint8_t *)"12345678901234567890";
    assert_int_equal(totp_match(secret, "287082", 29), 1);
    assert_int_equal(totp_match(secret, "287082", 89), 1);
    assert_int_equal(totp_match(secret, "287082", 90), -1);
    assert_int_equal(totp_match(secret, "28708", 59), -1);
    assert_int_equal(totp_match(secret, "", 59), -1);
}

static void base32_agrees_with_its_rfc(void **state)
{
    (void)state;
    char text[32];
    crypto_base32("foobar", 6, text);
    assert_string_equal(text, "MZXW6YTBOI");
    crypto_base32("fooba", 5, text);
    assert_string_equal(text, "MZXW6YTB");
}

static void unhex_wants_exactly_the_digits(void **state)
{
    (void)state;
    uint8_t bytes[2] = { 9, 9 };
    assert_int_equal(crypto_unhex("0aF", bytes, 2), -1);
    assert_int_equal(crypto_unhex("0aFg", bytes, 2), -1);
    assert_int_equal(crypto_unhex("0aFf0", bytes, 2), -1);
    assert_int_equal(crypto_unhex("0aFf", bytes, 2), 0);
    assert_int_equal(bytes[1], 0xff);
}

static void a_password_matches_only_itself(void **state)
{
    (void)state;
    char hash[128];
    assert_int_equal(crypto_password_hash("correct horse battery", hash), 0);
    assert_int_equal(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
    assert_true(crypto_password_matches(hash, "correct horse battery"));
    assert_false(crypto_password_matches(hash, "correct horse batterz"));
    assert_false(crypto_password_matches("", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hkdf_agrees_with_openssl),
        cmocka_unit_test(siphash_agrees_with_its_authors),
        cmocka_unit_test(key_wrap_agrees_with_its_rfc),
        cmocka_unit_test(an_altered_wrapped_key_is_refused),
        cmocka_unit_test(one_time_passwords_agree_with_their_rfc),
        cmocka_unit_test(a_code_is_good_one_step_to_either_side),
        cmocka_unit_test(base32_agrees_with_its_rfc),
        cmocka_unit_test(unhex_wants_exactly_the_digits),
        cmocka_unit_test(a_password_matches_only_itself),
    };
    crypto_open();
    return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}
