#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/buf.h"
#include "lib/problem.h"
#include "services/portal/accounts/otp.h"

static const uint8_t key[SECRET_BYTES] = { 1, 2, 3 };

static void shows_what_it_accepts(void **state)
{
    (void)state;
    struct problem problem;
    uint8_t wrapped[WRAPPED_BYTES];
    char base32[OTP_BASE32_BYTES], again[OTP_BASE32_BYTES], uri[OTP_URI_BYTES];
    otp_make(key, wrapped);
    assert_int_equal(otp_show(key, wrapped, "al ice@x", base32, uri, &problem), 0);
    assert_int_equal(strlen(base32), 32);
    assert_non_null(strstr(uri, "otpauth://totp/Vedette:al%20ice%40x?secret="));
    assert_non_null(strstr(uri, base32));
    /* A link may be opened twice: the same secret. */
    assert_int_equal(otp_show(key, wrapped, "alice", again, uri, &problem), 0);
    assert_string_equal(base32, again);
    const uint8_t other[SECRET_BYTES] = { 9 };
    assert_int_equal(otp_show(other, wrapped, "alice", again, uri, &problem), -1);
    char long_label[200];
    memset(long_label, ' ', sizeof(long_label) - 1);
    long_label[sizeof(long_label) - 1] = '\0';
    assert_int_equal(otp_show(key, wrapped, long_label, again, uri, &problem), -1);
}

static void a_code_is_good_once(void **state)
{
    (void)state;
    uint8_t wrapped[WRAPPED_BYTES];
    char code[16];
    int64_t now_ms = 1700000000000, step = -1;
    otp_make(key, wrapped);
    /* One of a million codes is right; it is found without an authenticator. */
    for (int i = 0; i < 1000000 && step < 0; i++) {
        snprintf(code, sizeof(code), "%06d", i);
        step = otp_accept(key, wrapped, code, 0, now_ms);
    }
    assert_true(step > 0);
    assert_int_equal(otp_accept(key, wrapped, code, step - 1, now_ms), step);
    assert_int_equal(otp_accept(key, wrapped, code, step, now_ms), -1);
    assert_int_equal(otp_accept(key, wrapped, code, 0, now_ms + 120000), -1);
}

static void qr_is_a_square(void **state)
{
    (void)state;
    struct problem problem;
    struct buf qr = { 0 };
    assert_int_equal(otp_qr("otpauth://totp/Vedette:alice?secret=ABC&issuer=Vedette", &qr, &problem), 0);
    size_t width = strcspn(qr.data, "/");
    assert_int_equal(qr.length, width * width + width - 1);
    assert_int_equal(strspn(qr.data, "01/"), qr.length);
    /* The finder pattern's upper edge. */
    assert_memory_equal(qr.data, "11111110", 8);
    buf_free(&qr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_what_it_accepts),
        cmocka_unit_test(a_code_is_good_once),
        cmocka_unit_test(qr_is_a_square),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
