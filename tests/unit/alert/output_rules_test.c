/* The pure parts of outputs: where they may send, when they try again, how webhooks are signed. */
#include "tests/unit/unit.h"

#include "lib/problem.h"
#include "services/alert/output/backoff.h"
#include "services/alert/output/destination.h"
#include "services/alert/output/signature.h"

static void expect_destination(enum output_kind kind, const char *text, const char *host, const char *port)
{
    struct destination found;
    struct problem problem;
    assert_int_equal(destination_parse(kind, text, &found, &problem), 0);
    assert_string_equal(found.host, host);
    assert_string_equal(found.port, port);
}

static void destinations_are_read(void **state)
{
    (void)state;
    expect_destination(OUTPUT_KIND_SYSLOG, "siem.example.org", "siem.example.org", "6514");
    expect_destination(OUTPUT_KIND_SYSLOG, "127.0.0.1:10514", "127.0.0.1", "10514");
    expect_destination(OUTPUT_KIND_SYSLOG, "[2001:db8::7]:1", "2001:db8::7", "1");
    expect_destination(OUTPUT_KIND_WEBHOOK, "https://hooks.example.org", "hooks.example.org", "443");
    expect_destination(OUTPUT_KIND_WEBHOOK, "https://[::1]:8443/a/b?c=d%20e", "::1", "8443");
    expect_destination(OUTPUT_KIND_WEBHOOK, "https://h?q", "h", "443");
}

static void expect_code(enum output_kind kind, const char *text, const char *code)
{
    struct destination found;
    struct problem problem;
    assert_int_equal(destination_parse(kind, text, &found, &problem), -1);
    assert_string_equal(problem.code, code);
    assert_string_equal(problem.field, "destination");
}

static void what_is_no_destination_is_refused(void **state)
{
    (void)state;
    static const char *const syslog[] = { "", ":6514", "h:", "h:0", "h:65536", "h:065", "h:1/", "h/", "h h", "[::1",
        "[example.org]:1", "[]:1", "https://h" };
    static const char *const webhook[] = { "h", "http://h/", "HTTPS://h/", "https://", "https:///p", "https://u@h/",
        "https://u:p@h/", "https://h:443x/", "https://h/ ", "https://h/#f", "https://h/\n", "https://h\\@evil/",
        "https://[::1]evil/" };
    for (size_t i = 0; i < sizeof(syslog) / sizeof(syslog[0]); i++)
        expect_code(OUTPUT_KIND_SYSLOG, syslog[i], "bad-destination");
    for (size_t i = 0; i < sizeof(webhook) / sizeof(webhook[0]); i++)
        expect_code(OUTPUT_KIND_WEBHOOK, webhook[i], "bad-destination");
    char long_name[300] = { 0 };
    memset(long_name, 'a', sizeof(long_name) - 1);
    expect_code(OUTPUT_KIND_SYSLOG, long_name, "bad-destination");
}

static void addresses_that_outputs_leave_alone(void **state)
{
    (void)state;
    static const char *const refused[] = { "0.0.0.0", "0.1.2.3", "169.254.0.1", "169.254.169.254", "100.100.100.200",
        "168.63.129.16", "192.0.0.192", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "[::]",
        "[fe80::1]", "[febf::1]", "[ff02::1]", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "[::169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]" };
    static const char *const allowed[] = { "127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1",
        "8.8.8.8", "169.253.255.255", "169.255.0.0", "223.255.255.255", "1.0.0.0", "[::1]", "[fd00::1]",
        "[2001:db8::1]", "[64:ff9b::808:808]" };
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        expect_code(OUTPUT_KIND_SYSLOG, refused[i], "refused-destination");
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        struct destination found;
        assert_int_equal(destination_parse(OUTPUT_KIND_SYSLOG, allowed[i], &found, NULL), 0);
    }
}

static void waits_double_up_to_a_limit_with_jitter(void **state)
{
    (void)state;
    struct backoff backoff = { 0 };
    const struct failure none = { 0 };
    int64_t whole = BACKOFF_FIRST_MS;
    for (int i = 0; i < 20; i++) {
        struct backoff same = backoff;
        assert_int_equal(backoff_after(&same, &none, 0), whole / 2);
        assert_int_equal(backoff_after(&backoff, &none, 1023), whole);
        whole = whole * 2 < BACKOFF_LONGEST_MS ? whole * 2 : BACKOFF_LONGEST_MS;
    }
}

static void who_says_no_is_asked_seldom_and_who_asks_for_patience_gets_it(void **state)
{
    (void)state;
    struct backoff backoff = { 0 };
    const struct failure gone = { .status = 410 }, refused = { .status = 400 }, busy = { .status = 503 };
    const struct failure later = { .status = 429, .retry_after_s = 60 },
                         never = { .status = 503, .retry_after_s = 1 << 30 };
    assert_int_equal(backoff_after(&backoff, &gone, 1023), BACKOFF_REFUSED_MS);
    backoff = (struct backoff){ 0 };
    for (int i = 1; i < BACKOFF_REFUSALS; i++)
        assert_true(backoff_after(&backoff, &refused, 1023) <= BACKOFF_LONGEST_MS);
    assert_int_equal(backoff_after(&backoff, &refused, 1023), BACKOFF_REFUSED_MS);
    assert_int_equal(backoff_after(&backoff, &busy, 1023), BACKOFF_LONGEST_MS);
    backoff = (struct backoff){ 0 };
    assert_int_equal(backoff_after(&backoff, &later, 0), 60000);
    assert_int_equal(backoff_after(&backoff, &never, 0), BACKOFF_REFUSED_MS);
}

/* The example of the specification's own test suite has a key of 24 bytes; this one was computed with Python's hmac. */
static void a_webhook_is_signed(void **state)
{
    (void)state;
    uint8_t secret[SECRET_BYTES];
    char shown[WHSEC_BYTES], signature[SIGNATURE_BYTES];
    for (int i = 0; i < SECRET_BYTES; i++)
        secret[i] = (uint8_t)i;
    signature_secret(secret, shown);
    assert_string_equal(shown, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    assert_int_equal(signature_make(secret, "fleet-17", 1674087231, "{\"a\":1}", 7, signature), 0);
    assert_string_equal(signature, "v1,OVVIeMGdoa25qn4+YA4aQ85XkrM6WaLOx/4WFbcW1Zg=");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(destinations_are_read),
        cmocka_unit_test(what_is_no_destination_is_refused),
        cmocka_unit_test(addresses_that_outputs_leave_alone),
        cmocka_unit_test(waits_double_up_to_a_limit_with_jitter),
        cmocka_unit_test(who_says_no_is_asked_seldom_and_who_asks_for_patience_gets_it),
        cmocka_unit_test(a_webhook_is_signed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
