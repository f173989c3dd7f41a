#include "agent/state.h"
#include "lib/beat.h"
#include "lib/problem.h"
#include "tests/unit/agent/place.h"

static const struct identity known = { 17, "acme", "berlin", "https://vedette.example:7701", 7700 };

static void test_identity(void **state)
{
    (void)state;
    struct identity identity;
    struct problem problem;
    assert_int_equal(identity_load(&identity, &problem), -1);
    assert_string_equal(problem.code, "not-enrolled");
    assert_int_equal(identity_save(&known, NULL), 0);
    assert_int_equal(identity_load(&identity, NULL), 0);
    assert_int_equal(identity.agent, 17);
    assert_string_equal(identity.tenant, "acme");
    assert_string_equal(identity.site, "berlin");
    assert_string_equal(identity.server, "https://vedette.example:7701");
    assert_int_equal(identity.beat_port, 7700);
}

static void test_bad_identities(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{}",
        "{\"agent\":0,\"tenant\":\"t\",\"site\":\"s\",\"server\":\"x\",\"beat_port\":1}",
        "{\"agent\":4294967295,\"tenant\":\"t\",\"site\":\"s\",\"server\":\"x\",\"beat_port\":1}",
        "{\"agent\":1,\"tenant\":\"t\",\"site\":\"s\",\"server\":\"x\",\"beat_port\":65536}",
        "{\"agent\":1,\"tenant\":\"\",\"site\":\"s\",\"server\":\"x\",\"beat_port\":1}",
        "{\"agent\":1,\"tenant\":\"012345678901234567890123456789012\",\"site\":\"s\",\"server\":\"x\",\"beat_port\":"
        "1}",
        "{\"agent\":1,\"tenant\":\"t\",\"site\":\"s\",\"server\":\"x\",\"beat_port\":1,\"more\":1}",
        "{\"agent\":\"1\",\"tenant\":\"t\",\"site\":\"s\",\"server\":\"x\",\"beat_port\":1}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct identity identity = { .agent = 99 };
        assert_int_equal(identity_parse(bad[i], strlen(bad[i]), &identity, NULL), -1);
        assert_int_equal(identity.agent, 99);
    }
}

static void test_secret_and_keys(void **state)
{
    (void)state;
    uint8_t secret[SECRET_BYTES], again[SECRET_BYTES];
    struct agent_keys keys;
    crypto_random(secret, sizeof(secret));
    assert_int_equal(secret_save(secret, NULL), 0);
    assert_int_equal(secret_load(again, NULL), 0);
    assert_memory_equal(secret, again, sizeof(secret));
    assert_int_equal(keys_load(&keys, NULL), 0);
    uint8_t beat[BEAT_KEY_BYTES];
    crypto_hkdf(secret, BEAT_KEY_LABEL, beat, sizeof(beat));
    assert_memory_equal(keys.beat, beat, sizeof(beat));
    assert_memory_not_equal(keys.beat, keys.wake, sizeof(beat));

    put(SECRET_FILE, "0011", 0400);
    assert_int_equal(secret_load(again, NULL), -1);
    assert_memory_equal(secret, again, sizeof(secret));
}

static void test_loose_keys_are_named(void **state)
{
    (void)state;
    static const char *const files[] = { SECRET_FILE, SIGN_KEY_FILE, SEAL_KEY_FILE };
    struct problem problem;
    for (size_t i = 0; i < 3; i++)
        put(files[i], "x", 0400);
    assert_int_equal(keys_are_private(NULL), 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(chmod(files[i], 0440), 0);
        assert_int_equal(keys_are_private(&problem), -1);
        assert_string_equal(problem.field, files[i]);
        assert_non_null(strstr(problem.reason, "0400"));
        assert_non_null(strstr(problem.reason, "0440"));
        assert_int_equal(chmod(files[i], 0600), 0);
    }
    assert_int_equal(keys_are_private(NULL), 0);
}

static void test_state_directory(void **state)
{
    (void)state;
    struct problem problem;
    assert_int_equal(state_enter("nowhere", &problem), -1);
    assert_string_equal(problem.code, "not-enrolled");
    assert_int_equal(state_make("made", NULL), 0);
    assert_int_equal(chdir(".."), 0);
    assert_int_equal(state_enter("made", NULL), 0);
    assert_int_equal(chdir(".."), 0);
    assert_int_equal(chmod("made", 0750), 0);
    assert_int_equal(state_enter("made", &problem), -1);
    assert_string_equal(problem.code, "loose-permissions");
    assert_non_null(strstr(problem.reason, "0700"));
    /* Enrolment does not silently mend it either. */
    assert_int_equal(state_make("made", NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_place(test_identity),
        in_place(test_bad_identities),
        in_place(test_secret_and_keys),
        in_place(test_loose_keys_are_named),
        in_place(test_state_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
