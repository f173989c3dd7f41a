#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/certificate.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/problem.h"

#define DAY_MS INT64_C(86400000)

static const char *const names[] = { "localhost", "127.0.0.1", "::1", "vedette.example" };

static void a_server_certificate_serves_its_names_for_its_time(void **state)
{
    (void)state;
    int64_t now_ms = clock_wall_ms();
    struct certificate ca = { 0 }, server = { 0 };
    struct problem problem;
    assert_int_equal(certificate_make_ca("Test CA", now_ms, &ca, &problem), 0);
    assert_int_equal(certificate_make_server(&ca, names, 4, now_ms, &server, &problem), 0);
    assert_true(certificate_serves(server.chain, names, 4, now_ms));
    assert_true(certificate_serves(server.chain, names, 4, now_ms + 396 * DAY_MS));
    assert_false(certificate_serves(server.chain, names, 4, now_ms + 398 * DAY_MS));
    const char *const other[] = { "other.example" };
    assert_false(certificate_serves(server.chain, other, 1, now_ms));
    /* The chain ends in the CA, for clients that were given the CA only by its fingerprint. */
    assert_non_null(strstr(server.chain, ca.chain));
    certificate_free(&server);
    certificate_free(&ca);
}

static void another_ca_is_noticed(void **state)
{
    (void)state;
    int64_t now_ms = clock_wall_ms();
    struct certificate ca = { 0 }, other = { 0 }, server = { 0 }, mixed;
    struct problem problem;
    assert_int_equal(certificate_make_ca("Test CA", now_ms, &ca, &problem), 0);
    assert_int_equal(certificate_make_ca("Test CA", now_ms, &other, &problem), 0);
    assert_int_equal(certificate_make_server(&ca, names, 1, now_ms, &server, &problem), 0);
    assert_true(certificate_issued_by(server.chain, ca.chain));
    assert_false(certificate_issued_by(server.chain, other.chain));
    mixed = (struct certificate){ ca.chain, other.key };
    struct certificate untouched = { 0 };
    assert_int_equal(certificate_make_server(&mixed, names, 1, now_ms, &untouched, &problem), -1);
    assert_null(untouched.chain);
    assert_non_null(strstr(problem.reason, "do not belong together"));
    certificate_free(&server);
    certificate_free(&other);
    certificate_free(&ca);
}

static void a_name_cannot_smuggle_in_another(void **state)
{
    (void)state;
    struct certificate ca = { 0 }, server = { 0 };
    struct problem problem;
    const char *const smuggled[] = { "a.example,DNS:bank.example" };
    assert_int_equal(certificate_make_ca("Test CA", clock_wall_ms(), &ca, &problem), 0);
    assert_int_equal(certificate_make_server(&ca, smuggled, 1, clock_wall_ms(), &server, &problem), -1);
    certificate_free(&ca);
}

static void a_fingerprint_is_that_of_the_first_certificate(void **state)
{
    (void)state;
    struct certificate ca = { 0 }, server = { 0 };
    struct problem problem;
    char of_ca[FINGERPRINT_BYTES], of_server[FINGERPRINT_BYTES], untouched[FINGERPRINT_BYTES] = "as before";
    assert_int_equal(certificate_make_ca("Test CA", clock_wall_ms(), &ca, &problem), 0);
    assert_int_equal(certificate_make_server(&ca, names, 1, clock_wall_ms(), &server, &problem), 0);
    assert_int_equal(certificate_fingerprint(ca.chain, of_ca, &problem), 0);
    assert_int_equal(certificate_fingerprint(server.chain, of_server, &problem), 0);
    assert_int_equal(strlen(of_ca), FINGERPRINT_BYTES - 1);
    assert_memory_equal(of_ca, "sha256:", 7);
    assert_string_not_equal(of_ca, of_server);
    assert_int_equal(certificate_fingerprint("no PEM", untouched, &problem), -1);
    assert_string_equal(untouched, "as before");
    certificate_free(&server);
    certificate_free(&ca);
}

int main(void)
{
    crypto_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_certificate_serves_its_names_for_its_time),
        cmocka_unit_test(another_ca_is_noticed),
        cmocka_unit_test(a_name_cannot_smuggle_in_another),
        cmocka_unit_test(a_fingerprint_is_that_of_the_first_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
