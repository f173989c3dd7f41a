/* Statuses and revocations: how one follows another. What they stop is in judge_test.c. */
#include <inttypes.h>

#include "tests/unit/unit.h"

#include "lib/signed/status.h"
#include "tests/signed_rig.h"

struct fixture {
    struct rig *rig;
    struct trust *trust;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->rig = rig_new();
    fixture->trust = rig_trust(fixture->rig);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    trust_free(fixture->trust);
    rig_free(fixture->rig);
    free(fixture);
    return 0;
}

#define STATUS "\"trust_version\":1,\"revocation_version\":0"

static const char *follow_status(
    const struct fixture *fixture, const char *changed, unsigned by, const struct document_status *held, int64_t now_ms)
{
    static struct problem problem;
    struct document document;
    struct dsse dsse = rig_document(fixture->rig, "status", STATUS, changed, by);
    problem = (struct problem){ .code = "" };
    if (!status_follow(&dsse, fixture->trust, TRUST_NONE_REVOKED, held, now_ms, &document, &problem))
        document_free(&document);
    dsse_free(&dsse);
    return problem.code;
}

static void a_status_is_by_the_status_key_alone(void **state)
{
    const struct fixture *fixture = *state;
    assert_string_equal(follow_status(fixture, NULL, BY(STATUS_KEY), NULL, RIG_NOW), "");
    assert_string_equal(
        follow_status(fixture, NULL, BY(ALICE) | BY(BOB) | BY(CAROL), NULL, RIG_NOW), "too-few-signers");
    assert_string_equal(follow_status(fixture, NULL, BY(STRANGER), NULL, RIG_NOW), "too-few-signers");
}

static void a_revoked_status_key_signs_none(void **state)
{
    const struct fixture *fixture = *state;
    char *keyid = fixture->rig->keys[STATUS_KEY].public.keyid;
    const struct document_revocation body = { .n_keys = 1, .keys = (const char **)&keyid };
    struct problem problem = { .code = "" };
    struct document document;
    struct dsse dsse = rig_document(fixture->rig, "status", STATUS, NULL, BY(STATUS_KEY));
    const struct trust_revoked revoked = { &body };
    assert_int_equal(status_follow(&dsse, fixture->trust, revoked, NULL, RIG_NOW, &document, &problem), -1);
    assert_string_equal(problem.code, "too-few-signers");
    struct buf text = { 0 };
    assert_int_equal(dsse_format(&dsse, &text), 0);
    assert_true(status_counts(text.data, fixture->trust, TRUST_NONE_REVOKED));
    assert_false(status_counts(text.data, fixture->trust, revoked));
    assert_false(status_counts("{", fixture->trust, TRUST_NONE_REVOKED));
    buf_free(&text);
    dsse_free(&dsse);
}

/* Else a thief's one status with the highest number would be the last. */
static void a_status_has_no_version_above_its_time(void **state)
{
    const struct fixture *fixture = *state;
    char version[64];
    snprintf(version, sizeof(version), "{\"version\":%" PRId64 "}", RIG_NOW / 1000 + 1);
    assert_string_equal(follow_status(fixture, version, BY(STATUS_KEY), NULL, RIG_NOW), "");
    snprintf(version, sizeof(version), "{\"version\":%" PRId64 "}", RIG_NOW / 1000 + 2);
    assert_string_equal(follow_status(fixture, version, BY(STATUS_KEY), NULL, RIG_NOW), "bad-document");
}

static void a_status_is_newer_and_not_from_far_ahead(void **state)
{
    const struct fixture *fixture = *state;
    struct document_status held = { .head = { .version = 1 } }, later = { .head = { .version = 3 } };
    assert_string_equal(follow_status(fixture, NULL, BY(STATUS_KEY), &held, RIG_NOW), "same-version");
    assert_string_equal(follow_status(fixture, "{\"version\":2}", BY(STATUS_KEY), &later, RIG_NOW), "old-version");
    assert_string_equal(follow_status(fixture, "{\"version\":2}", BY(STATUS_KEY), &held, RIG_NOW), "");
    assert_string_equal(follow_status(fixture, NULL, BY(STATUS_KEY), NULL, RIG_NOW - STATUS_AHEAD_MS), "");
    assert_string_equal(follow_status(fixture, NULL, BY(STATUS_KEY), NULL, RIG_NOW - STATUS_AHEAD_MS - 1), "not-yet");
    assert_string_equal(follow_status(fixture,
                            "{\"deployment\":\"ffffffffffffffffffffffffffffffff\",\"document\":"
                            "\"ffffffffffffffffffffffffffffffff\"}",
                            BY(STATUS_KEY), NULL, RIG_NOW),
        "other-deployment");
}

static const char *follow(const struct fixture *fixture, const struct document *held, const char *members,
    const char *changed, unsigned by, struct document *ret)
{
    static struct problem problem;
    struct dsse dsse = rig_document(fixture->rig, "revocation", members, changed, by);
    problem = (struct problem){ .code = "" };
    revocation_follow(&dsse, fixture->trust, held ? trust_revoked_by(held) : TRUST_NONE_REVOKED, ret, &problem);
    dsse_free(&dsse);
    return problem.code;
}

#define TWO "\"documents\":[{\"document\":\"" RIG_DOCUMENT "\",\"version\":2}],\"keys\":[\"" RIG_AGENT "\"]"

static void what_was_revoked_stays_so(void **state)
{
    const struct fixture *fixture = *state;
    struct document first, second = { 0 };
    assert_string_equal(follow(fixture, NULL, TWO, NULL, BY(ALICE), &first), "");
    assert_string_equal(follow(fixture, &first, TWO, NULL, BY(ALICE), &second), "same-version");
    assert_string_equal(
        follow(fixture, &first, "\"keys\":[\"" RIG_AGENT "\"]", "{\"version\":2}", BY(BOB), &second), "fork");
    assert_string_equal(follow(fixture, &first, TWO, "{\"version\":2,\"keys\":null}", BY(BOB), &second), "fork");
    assert_string_equal(
        follow(fixture, &first,
            "\"documents\":[{\"document\":\"" RIG_DOCUMENT "\",\"version\":1}],\"keys\":[\"" RIG_AGENT "\"]",
            "{\"version\":2}", BY(BOB), &second),
        "fork");
    /* More of the same document is more. */
    assert_string_equal(
        follow(fixture, &first, "\"documents\":[{\"document\":\"" RIG_DOCUMENT "\"}],\"keys\":[\"" RIG_AGENT "\"]",
            "{\"version\":7}", BY(BOB), &second),
        "");
    struct document_head head = { .document = RIG_DOCUMENT, .version = 3 };
    assert_false(revocation_names(trust_revoked_by(&first), &head));
    assert_true(revocation_names(trust_revoked_by(&second), &head));
    head.version = 2;
    assert_true(revocation_names(trust_revoked_by(&first), &head));
    document_free(&first);
    document_free(&second);
}

static void somebody_revokes(void **state)
{
    const struct fixture *fixture = *state;
    struct document document;
    assert_string_equal(follow(fixture, NULL, TWO, NULL, BY(STRANGER), &document), "too-few-signers");
    assert_string_equal(follow(fixture, NULL, TWO, NULL, BY(STATUS_KEY), &document), "too-few-signers");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_status_is_by_the_status_key_alone),
        CASE(a_revoked_status_key_signs_none),
        CASE(a_status_has_no_version_above_its_time),
        CASE(a_status_is_newer_and_not_from_far_ahead),
        CASE(what_was_revoked_stays_so),
        CASE(somebody_revokes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
