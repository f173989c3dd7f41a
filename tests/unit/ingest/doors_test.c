/* The small tables behind the HTTPS door: nonces, instances, guesses; keys and machines as they come in. */
#include "tests/unit/unit.h"

#include "lib/crypto.h"
#include "services/ingest/enrolment/guesses.h"
#include "services/ingest/enrolment/keys.h"
#include "services/ingest/mail/instances.h"
#include "services/ingest/mail/machine.h"
#include "services/ingest/mail/nonces.h"
#include "services/ingest/registry/registry.h"

static struct nonces nonces;
static struct instances instances;
static struct guesses guesses;

static int set_up(void **state)
{
    (void)state;
    crypto_open();
    memset(&nonces, 0, sizeof(nonces));
    memset(&instances, 0, sizeof(instances));
    memset(&guesses, 0, sizeof(guesses));
    return 0;
}

static void test_a_nonce_is_good_once_within_a_minute(void **state)
{
    (void)state;
    uint8_t nonce[NONCE_BYTES], other[NONCE_BYTES] = { 0 };
    nonce_make(&nonces, 7, 1000, nonce);
    assert_false(nonce_take(&nonces, 7, other, 1001));
    assert_false(nonce_take(&nonces, 8, nonce, 1001));
    assert_true(nonce_take(&nonces, 7, nonce, 1001));
    assert_false(nonce_take(&nonces, 7, nonce, 1002));
    nonce_make(&nonces, 7, 1000, nonce);
    assert_false(nonce_take(&nonces, 7, nonce, 61000));
}

static bool hear(char instance, int64_t s)
{
    uint8_t bytes[INSTANCE_BYTES];
    memset(bytes, instance, sizeof(bytes));
    return instances_heard(&instances, 7, bytes, s * 1000);
}

static void test_a_restart_is_no_clone(void **state)
{
    (void)state;
    for (char instance = 'a'; instance < 'z'; instance++) {
        assert_false(hear(instance, instance));
        assert_false(hear(instance, instance));
    }
}

static void test_alternating_instances_are_one_episode(void **state)
{
    (void)state;
    assert_false(hear('a', 10));
    assert_false(hear('b', 20));
    assert_true(hear('a', 30));
    assert_true(hear('b', 40)); /* could not be told: once more */
    instances_told(&instances, 7);
    for (int i = 0; i < 10; i++)
        assert_false(hear(i % 2 ? 'b' : 'a', 50 + i * 300));
    /* Quiet for more than ten minutes: what begins then is another episode. */
    assert_false(hear('b', 4000));
    assert_false(hear('b', 5000));
    assert_false(hear('a', 5010));
    assert_true(hear('b', 5020));
}

static void test_alternating_slowly_is_no_clone(void **state)
{
    (void)state;
    assert_false(hear('a', 10));
    assert_false(hear('b', 20));
    assert_false(hear('a', 700));
}

static void test_guesses_are_counted_by_network(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        assert_false(guesses_too_many(&guesses, "10.0.0.1", 1000));
        guesses_add(&guesses, "10.0.0.1", 1000);
        guesses_add(&guesses, i % 2 ? "2001:db8::1" : "2001:db8::ffff:2", 1000);
    }
    assert_true(guesses_too_many(&guesses, "10.0.0.1", 60999));
    assert_false(guesses_too_many(&guesses, "10.0.0.1", 61000));
    assert_false(guesses_too_many(&guesses, "10.0.0.2", 1000));
    assert_true(guesses_too_many(&guesses, "2001:db8::3", 1000));
    assert_false(guesses_too_many(&guesses, "2001:db8:0:1::3", 1000));
}

static void test_takes_only_p256_keys(void **state)
{
    (void)state;
    /* A key of OpenSSL's, and what it says of SHA-256 over the DER. */
    static const char key[] = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQGY61uySvTwF5JhhsTpzi9rMjfVwbR8QUnqGey3sKHQtBOuI2siM"
                              "LDyTT7tfAPlNppvOb4GOeMH0Mahhp7I6TA==";
    char fingerprint[HEX_BYTES(SHA256_BYTES)], wrong[sizeof(key)];
    assert_int_equal(key_check(key, fingerprint), 0);
    assert_int_equal(strlen(fingerprint), 64);
    for (size_t i = 0; i < sizeof(key) - 1; i++) {
        memcpy(wrong, key, sizeof(key));
        wrong[i] = '*';
        assert_int_equal(key_check(wrong, fingerprint), -1);
    }
    memcpy(wrong, key, sizeof(key));
    wrong[121] = 'h'; /* a bit where there is none */
    assert_int_equal(key_check(wrong, fingerprint), -1);
    assert_int_equal(key_check("", fingerprint), -1);
    assert_int_equal(key_check(key + 4, fingerprint), -1);
}

static void test_reads_of_a_machine_what_keeps_to_the_contract(void **state)
{
    (void)state;
    struct agent_row row = { 0 };
    json_t *inventory =
        json_pack("{s:s, s:s, s:i, s:s}", "hostname", "tower", "os", "bad\x01", "kernel", 6, "version", "0.1.0");
    machine_read(inventory, &row);
    assert_string_equal(row.hostname, "tower");
    assert_null(row.os);
    assert_null(row.kernel);
    assert_string_equal(row.version, "0.1.0");
    json_decref(inventory);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(test_a_nonce_is_good_once_within_a_minute),
        TEST(test_a_restart_is_no_clone),
        TEST(test_alternating_instances_are_one_episode),
        TEST(test_alternating_slowly_is_no_clone),
        TEST(test_guesses_are_counted_by_network),
        TEST(test_takes_only_p256_keys),
        TEST(test_reads_of_a_machine_what_keeps_to_the_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
