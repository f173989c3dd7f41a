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

static void unbase64_knows_one_form_of_each_value(void **state)
{
    (void)state;
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char text[] = "....", again[5];
    uint8_t bytes[3];
    size_t length;
    for (int c = 0; c < 256; c++) {
        memset(text, c, 4);
        const char *place = c ? strchr(alphabet, c) : NULL;
        assert_int_equal(crypto_unbase64(text, 4, bytes, sizeof(bytes), &length), place ? 0 : -1);
        if (place) {
            crypto_base64(bytes, length, again);
            assert_string_equal(again, text);
        }
    }
    static const char *const bad[] = { "A", "AA", "AAA", "AA=", "AA===", "AB==", "AAB=", "AA==AA==", "AAA=\n", " AAA=", "=" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(crypto_unbase64(bad[i], strlen(bad[i]), bytes, sizeof(bytes), &length), -1);
    assert_int_equal(crypto_unbase64("AAAA", 4, bytes, 2, &length), -1);
    assert_int_equal(crypto_unbase64("/w==", 4, bytes, 1, &length), 0);
    assert_int_equal(length, 1);
    assert_int_equal(bytes[0], 0xff);
}

/* RFC 8032 §7.1, test 2. */
static void ed25519_agrees_with_its_rfc(void **state)
{
    (void)state;
    uint8_t seed[ED25519_SEED_BYTES], public_key[ED25519_PUBLIC_BYTES], secret[ED25519_SECRET_BYTES];
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    char hex[HEX_BYTES(ED25519_SIGNATURE_BYTES)];
    crypto_unhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", seed, sizeof(seed));
    crypto_ed25519_key(seed, public_key, secret);
    crypto_hex(public_key, sizeof(public_key), hex);
    assert_string_equal(hex, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    crypto_ed25519_sign(secret, "r", 1, signature);
    crypto_hex(signature, sizeof(signature), hex);
    assert_string_equal(hex, "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                             "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    assert_true(crypto_ed25519_verify(public_key, "r", 1, signature));
    assert_false(crypto_ed25519_verify(public_key, "s", 1, signature));
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
        cmocka_unit_test(unbase64_knows_one_form_of_each_value),
        cmocka_unit_test(ed25519_agrees_with_its_rfc),
        cmocka_unit_test(unhex_wants_exactly_the_digits),
        cmocka_unit_test(a_password_matches_only_itself),
    };
    crypto_open();
    return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}
