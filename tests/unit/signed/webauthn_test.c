/* Assertions as authenticators make them (WebAuthn §6.3.3), and each way in which one is none for a document. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/buf.h"
#include "lib/problem.h"
#include "lib/signed/key_file.h"
#include "lib/signed/webauthn.h"

#define ORIGIN "http://localhost:7720"

static struct signing_key key;
static uint8_t challenge[SHA256_BYTES];

struct made {
    const char *type, *origin, *rp_id, *more;
    uint8_t flags;
    bool other_challenge, other_signature;
};

static const struct made right = { "webauthn.get", ORIGIN, "localhost", ",\"crossOrigin\":false", 0x05, false, false };

static struct assertion make(const struct made *made)
{
    struct assertion assertion = { 0 };
    uint8_t signed_bytes[WEBAUTHN_DATA_BYTES + SHA256_BYTES], said[SHA256_BYTES];
    char text[BASE64_BYTES(SHA256_BYTES)];
    memcpy(said, challenge, sizeof(said));
    said[0] ^= made->other_challenge;
    crypto_base64url(said, sizeof(said), text);
    crypto_sha256(made->rp_id, strlen(made->rp_id), assertion.data);
    assertion.data[32] = made->flags;
    assertion.data_bytes = 37;
    assertion.words_bytes = (size_t)snprintf(assertion.words, sizeof(assertion.words),
        "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\"%s}", made->type, text, made->origin, made->more);
    memcpy(signed_bytes, assertion.data, assertion.data_bytes);
    crypto_sha256(assertion.words, assertion.words_bytes, signed_bytes + assertion.data_bytes);
    assert_int_equal(signing_key_sign(&key, signed_bytes, assertion.data_bytes + SHA256_BYTES, assertion.signature,
                         &assertion.signature_bytes, NULL),
        0);
    assertion.signature[assertion.signature_bytes - 1] ^= made->other_signature;
    return assertion;
}

static const char *verify(const struct assertion *assertion)
{
    static struct problem problem;
    return assertion_verify(assertion, &key.public, "localhost", ORIGIN, challenge, &problem) ? problem.code : "";
}

static void a_touch_with_a_pin_on_the_local_page_signs(void **state)
{
    struct assertion assertion = make(&right);
    (void)state;
    assert_string_equal(verify(&assertion), "");
    struct made more = right;
    more.more = ",\"crossOrigin\":false,\"other_keys_can_be_added_here\":\"as browsers say\"";
    assertion = make(&more);
    assert_string_equal(verify(&assertion), "");
}

static void what_was_made_for_something_else_does_not(void **state)
{
    struct made cases[12];
    size_t n = 0;
    (void)state;
    for (size_t i = 0; i < 12; i++)
        cases[i] = right;
    cases[n++].type = "webauthn.create";
    cases[n++].type = "payment.get";
    cases[n++].origin = "https://rmm.example";
    cases[n++].origin = ORIGIN "0";
    cases[n++].rp_id = "rmm.example";
    cases[n++].more = ",\"crossOrigin\":true";
    cases[n++].more = ",\"topOrigin\":\"https://evil.example\"";
    cases[n++].flags = 0x01;
    cases[n++].flags = 0x04;
    cases[n++].flags = 0;
    cases[n++].other_challenge = true;
    cases[n++].other_signature = true;
    assert_int_equal(n, 12);
    for (size_t i = 0; i < n; i++) {
        struct assertion assertion = make(&cases[i]);
        assert_string_equal(verify(&assertion), "bad-signature");
    }
}

static void twice_the_challenge_is_no_json(void **state)
{
    struct made made = right;
    (void)state;
    made.more = ",\"challenge\":\"another\"";
    struct assertion assertion = make(&made);
    assert_string_equal(verify(&assertion), "bad-signature");
}

static void it_travels_as_browsers_write_it(void **state)
{
    struct assertion assertion = make(&right), again;
    struct buf text = { 0 };
    char data[BASE64_BYTES(WEBAUTHN_DATA_BYTES)], words[BASE64_BYTES(WEBAUTHN_WORDS_BYTES)],
        signature[BASE64_BYTES(80)];
    (void)state;
    crypto_base64url(assertion.data, assertion.data_bytes, data);
    crypto_base64url(assertion.words, assertion.words_bytes, words);
    crypto_base64url(assertion.signature, assertion.signature_bytes, signature);
    buf_format(
        &text, "{\"authenticatorData\":\"%s\",\"clientDataJSON\":\"%s\",\"signature\":\"%s\"}", data, words, signature);
    assert_int_equal(assertion_parse(text.data, text.length, &again, NULL), 0);
    assert_memory_equal(&assertion, &again, sizeof(again));
    struct problem problem;
    assert_int_equal(assertion_parse(text.data, text.length - 1, &again, &problem), -1);
    assert_string_equal(problem.code, "bad-signature");
    buf_clear(&text);
    buf_format(&text, "{\"authenticatorData\":\"%s\",\"clientDataJSON\":\"%s\",\"signature\":\"%s\",\"id\":\"\"}", data,
        words, signature);
    assert_int_equal(assertion_parse(text.data, text.length, &again, &problem), -1);
    buf_free(&text);
}

static void data_that_is_cut_off_is_none(void **state)
{
    struct assertion assertion = make(&right);
    (void)state;
    assertion.data_bytes = 36;
    assert_string_equal(verify(&assertion), "bad-signature");
}

static int set_up(void **state)
{
    (void)state;
    crypto_open();
    crypto_sha256("document", 8, challenge);
    return signing_key_make(KEY_P256, &key, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    signing_key_free(&key);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_touch_with_a_pin_on_the_local_page_signs),
        cmocka_unit_test(what_was_made_for_something_else_does_not),
        cmocka_unit_test(twice_the_challenge_is_no_json),
        cmocka_unit_test(it_travels_as_browsers_write_it),
        cmocka_unit_test(data_that_is_cut_off_is_none),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
