/* The agent's own keys of envelopes: made, found again, opened with in their order, forgotten when no mail can want
 * them. */
#include "agent/work/envelopes/post_keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/state.h"
#include "agent/work/place.h"
#include "lib/buf.h"
#include "lib/problem.h"
#include "tests/unit/agent/place.h"

#define DEPLOYMENT "00112233445566778899aabbccddeeff"
#define DAY INT64_C(86400000)
#define NOW INT64_C(1800000000000)

static int state;

static void enrol(void)
{
    static const char *const files[] = { "state/" SIGN_KEY_FILE, "state/" SEAL_KEY_FILE };
    for (size_t i = 0; i < 2; i++) {
        struct buf pem = { 0 };
        unlink(files[i]);
        assert_int_equal(envelope_key_make(ENVELOPE_KEY_P256, &pem, NULL), 0);
        put(files[i], pem.data, 0400);
        buf_free(&pem);
    }
}

static int begin(void **unused)
{
    if (enter_place(unused) || mkdir("state", 0700) || mkdir(KEYS_DIR, 0700))
        return -1;
    enrol();
    state = open("state", O_RDONLY | O_DIRECTORY);
    return state < 0;
}

static int end(void **unused)
{
    close(state);
    return leave_place(unused);
}

static struct post_keys load(const char *deployment)
{
    struct post_keys keys;
    struct problem problem;
    assert_int_equal(post_keys_load(state, deployment, &keys, &problem), 0);
    return keys;
}

static void test_a_pair_takes_the_place_and_the_ones_before_open(void **unused)
{
    (void)unused;
    struct problem problem;
    char path[POST_KEY_PATH_BYTES], name[FINGERPRINT_HEX_BYTES];
    struct post_keys keys = load(DEPLOYMENT), again;
    assert_int_equal(keys.n, 1);
    assert_true(post_pair_is_enrolled(post_keys_newest(&keys)));
    strcpy(name, envelope_key_fingerprint(keys.pairs[0].sign));
    assert_int_equal(post_keys_make(&keys, NOW, &problem), 0);
    assert_int_equal(post_keys_make(&keys, NOW, &problem), -1); /* the clock stands still, or was put back */
    assert_int_equal(post_keys_make(&keys, NOW + 1, &problem), 0);
    again = load(DEPLOYMENT);
    assert_int_equal(again.n, 3);
    assert_string_equal(envelope_key_fingerprint(again.pairs[0].sign), name);
    for (size_t i = 0; i < 3; i++) {
        const char *fingerprint = envelope_key_fingerprint(keys.pairs[i].sign);
        assert_ptr_equal(post_keys_find(&again, fingerprint), &again.pairs[i]);
        assert_ptr_equal(again.own[i], again.pairs[2 - i].seal);
    }
    assert_int_equal(access(post_keys_seal_path(&again, &again.pairs[1], path), R_OK), 0);
    assert_null(post_keys_find(&again, ""));
    post_keys_free(&again);
    post_keys_free(&keys);
}

static void test_a_pair_that_was_cut_off_is_none(void **unused)
{
    (void)unused;
    struct problem problem;
    struct post_keys keys = load(DEPLOYMENT);
    assert_int_equal(post_keys_make(&keys, NOW, &problem), 0);
    char path[POST_KEY_PATH_BYTES];
    post_keys_seal_path(&keys, &keys.pairs[1], path);
    strcpy(strrchr(path, '.'), ".sign");
    assert_int_equal(unlink(path), 0);
    post_keys_free(&keys);
    keys = load(DEPLOYMENT);
    assert_int_equal(keys.n, 1);
    post_keys_free(&keys);
}

static void test_another_enrolment_or_deployment_begins_with_its_own(void **unused)
{
    (void)unused;
    struct problem problem;
    struct post_keys keys = load(DEPLOYMENT);
    assert_int_equal(post_keys_make(&keys, NOW, &problem), 0);
    post_keys_free(&keys);
    keys = load("ff112233445566778899aabbccddeeff");
    assert_int_equal(keys.n, 1);
    post_keys_free(&keys);
    enrol();
    keys = load(DEPLOYMENT);
    assert_int_equal(keys.n, 1);
    post_keys_free(&keys);
}

static void test_old_pairs_go_when_no_mail_can_want_them(void **unused)
{
    (void)unused;
    struct problem problem;
    struct post_keys keys = load(DEPLOYMENT);
    for (int i = 1; i < POST_PAIRS_MAX; i++)
        assert_int_equal(post_keys_make(&keys, NOW + i * DAY, &problem), 0);
    assert_int_equal(post_keys_make(&keys, NOW + 102 * DAY, &problem), -1);
    assert_string_equal(problem.code, "too-soon");
    char second[FINGERPRINT_HEX_BYTES];
    strcpy(second, envelope_key_fingerprint(keys.pairs[2].sign));
    assert_int_equal(post_keys_make(&keys, NOW + 104 * DAY, &problem), 0);
    assert_int_equal(keys.n, POST_PAIRS_MAX);
    post_keys_free(&keys);
    keys = load(DEPLOYMENT);
    assert_int_equal(keys.n, POST_PAIRS_MAX);
    assert_true(post_pair_is_enrolled(&keys.pairs[0]));
    assert_string_equal(envelope_key_fingerprint(keys.pairs[1].sign), second);
    post_keys_free(&keys);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_pair_takes_the_place_and_the_ones_before_open),
        CASE(test_a_pair_that_was_cut_off_is_none),
        CASE(test_another_enrolment_or_deployment_begins_with_its_own),
        CASE(test_old_pairs_go_when_no_mail_can_want_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
