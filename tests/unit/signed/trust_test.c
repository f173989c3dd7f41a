/* Trust files: what can be one, and how the next follows. */
#include "tests/unit/unit.h"

#include "lib/exchange/own_trust.h"
#include "tests/signed_rig.h"

struct fixture {
    struct rig *rig;
    struct trust *first;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->rig = rig_new();
    fixture->first = rig_trust(fixture->rig);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    trust_free(fixture->first);
    rig_free(fixture->rig);
    free(fixture);
    return 0;
}

/* changed may have %s for the hash of the first. */
static struct buf version_text(const struct fixture *fixture, const char *changed, unsigned by)
{
    char hash[HEX_BYTES(SHA256_BYTES)], filled[2048] = "";
    struct buf text = { 0 };
    const char *mark = changed ? strstr(changed, "%s") : NULL;
    crypto_hex(fixture->first->sha256, SHA256_BYTES, hash);
    if (mark)
        snprintf(filled, sizeof(filled), "%.*s%s%s", (int)(mark - changed), changed, hash, mark + 2);
    struct dsse dsse = rig_trust_dsse(fixture->rig, mark ? filled : changed, by);
    assert_int_equal(dsse_format(&dsse, &text), 0);
    dsse_free(&dsse);
    return text;
}

static void expect_follow(const struct fixture *fixture, const char *changed, unsigned by, const char *code)
{
    struct problem problem = { .code = "" };
    struct buf text = version_text(fixture, changed, by);
    struct trust *next = trust_follow(fixture->first, TRUST_NONE_REVOKED, text.data, text.length, &problem);
    assert_string_equal(next ? "" : problem.code, code);
    trust_free(next);
    buf_free(&text);
}

static void expect_read(const struct fixture *fixture, const char *changed, const char *code)
{
    struct problem problem = { .code = "" };
    struct dsse dsse = rig_trust_dsse(fixture->rig, changed, 0);
    struct trust *trust = trust_read(&dsse, &problem);
    assert_string_equal(trust ? "" : problem.code, code);
    trust_free(trust);
    dsse_free(&dsse);
}

#define SECOND "\"version\":2,\"previous\":\"%s\""

static void the_first_is_pinned_by_its_hash_and_signed_by_its_people(void **state)
{
    const struct fixture *fixture = *state;
    struct problem problem;
    struct buf text = version_text(fixture, NULL, BY(ALICE) | BY(BOB));
    uint8_t hash[SHA256_BYTES];
    memcpy(hash, fixture->first->sha256, sizeof(hash));
    struct trust *trust = trust_pin(text.data, text.length, hash, &problem);
    assert_non_null(trust);
    assert_int_equal(trust->thresholds[DOCUMENT_KIND_TASK], 2);
    assert_int_equal(trust->thresholds[DOCUMENT_KIND_MOVE], 0);
    trust_free(trust);
    hash[31] ^= 1;
    assert_null(trust_pin(text.data, text.length, hash, &problem));
    assert_string_equal(problem.code, "other-trust");
    buf_free(&text);
    text = version_text(fixture, NULL, BY(ALICE) | BY(ALICE_TOO));
    assert_null(trust_pin(text.data, text.length, fixture->first->sha256, &problem));
    assert_string_equal(problem.code, "too-few-signers");
    buf_free(&text);
}

static void the_next_is_signed_by_the_old_people_and_the_new(void **state)
{
    const struct fixture *fixture = *state;
    expect_follow(fixture, "{" SECOND "}", BY(ALICE) | BY(BOB), "");
    expect_follow(fixture, "{" SECOND "}", BY(ALICE), "too-few-signers");
    expect_follow(fixture, "{" SECOND "}", BY(ALICE) | BY(ALICE_TOO), "too-few-signers");
    expect_follow(fixture, "{" SECOND "}", BY(STRANGER) | BY(STATUS_KEY), "too-few-signers");
}

/* The stranger comes, bob goes: whoever takes over needs the old, and whoever is named shows that the key is theirs. */
static void people_change_only_with_both(void **state)
{
    const struct fixture *fixture = *state;
    const char(*publics)[SPKI_TEXT_BYTES] = fixture->rig->publics;
    char changed[1024];
    snprintf(changed, sizeof(changed),
        "{" SECOND ",\"people\":[{\"name\":\"eve\",\"keys\":[{\"type\":\"key\",\"public_key\":\"%s\"}]},"
        "{\"name\":\"carol\",\"keys\":[{\"type\":\"key\",\"public_key\":\"%s\"}]}]}",
        "%s", publics[STRANGER], publics[CAROL]);
    expect_follow(fixture, changed, BY(STRANGER) | BY(CAROL), "too-few-signers");
    expect_follow(fixture, changed, BY(ALICE) | BY(BOB), "too-few-signers");
    expect_follow(fixture, changed, BY(ALICE) | BY(BOB) | BY(STRANGER), "too-few-signers");
    expect_follow(fixture, changed, BY(ALICE) | BY(CAROL) | BY(STRANGER), "");
}

static void a_lowered_threshold_needs_the_old_one(void **state)
{
    const struct fixture *fixture = *state;
    const char *lowered =
        "{" SECOND ",\"thresholds\":[{\"kind\":\"task\",\"signers\":1},{\"kind\":\"trust\",\"signers\":1}]}";
    expect_follow(fixture, lowered, BY(ALICE), "too-few-signers");
    expect_follow(fixture, lowered, BY(ALICE) | BY(ALICE_TOO), "too-few-signers");
    expect_follow(fixture, lowered, BY(ALICE) | BY(CAROL), "");
}

static void a_raised_threshold_needs_the_new_one(void **state)
{
    const struct fixture *fixture = *state;
    const char *raised =
        "{" SECOND ",\"thresholds\":[{\"kind\":\"task\",\"signers\":3},{\"kind\":\"trust\",\"signers\":3}]}";
    expect_follow(fixture, raised, BY(ALICE) | BY(BOB), "too-few-signers");
    expect_follow(fixture, raised, BY(ALICE) | BY(BOB) | BY(CAROL), "");
}

static void it_never_goes_back_or_leaves_one_out(void **state)
{
    const struct fixture *fixture = *state;
    unsigned all = BY(ALICE) | BY(BOB) | BY(CAROL);
    expect_follow(fixture, NULL, all, "same-version");
    expect_follow(fixture, "{\"title\":\"another first\"}", all, "old-version");
    expect_follow(fixture, "{\"version\":3,\"previous\":\"%s\"}", all, "missing-version");
    expect_follow(fixture, "{\"version\":2,\"previous\":\"" RIG_AGENT "\"}", all, "fork");
    expect_follow(fixture, "{\"version\":2}", all, "bad-trust");
    expect_follow(fixture,
        "{" SECOND
        ",\"deployment\":\"ffffffffffffffffffffffffffffffff\",\"document\":\"ffffffffffffffffffffffffffffffff\"}",
        all, "other-deployment");
}

/* As it was stored: it withdraws one key. */
static struct buf revocation_text(const struct fixture *fixture, enum rig_who whose)
{
    char members[128];
    struct buf text = { 0 };
    snprintf(members, sizeof(members), "\"keys\":[\"%s\"]", fixture->rig->keys[whose].public.keyid);
    struct dsse dsse = rig_document(fixture->rig, "revocation", members, NULL, BY(ALICE));
    assert_int_equal(dsse_format(&dsse, &text), 0);
    dsse_free(&dsse);
    return text;
}

static void expect_withdrawn(
    const struct fixture *fixture, enum rig_who whose, const char *changed, unsigned by, const char *code)
{
    struct problem problem = { .code = "" };
    struct document revocation;
    struct buf stored = revocation_text(fixture, whose), text = version_text(fixture, changed, by);
    assert_int_equal(document_open(stored.data, &revocation, &problem), 0);
    struct trust *next = trust_follow(fixture->first, trust_revoked_by(&revocation), text.data, text.length, &problem);
    assert_string_equal(next ? "" : problem.code, code);
    trust_free(next);
    document_free(&revocation);
    buf_free(&text);
    buf_free(&stored);
}

static void a_revoked_key_rotates_nothing(void **state)
{
    const struct fixture *fixture = *state;
    expect_withdrawn(fixture, BOB, "{" SECOND "}", BY(ALICE) | BY(BOB), "too-few-signers");
    expect_withdrawn(fixture, BOB, "{" SECOND "}", BY(ALICE) | BY(CAROL), "");
    /* Neither does it let eve in, nor does she come in by a key that was revoked. */
    char changed[1024];
    snprintf(changed, sizeof(changed),
        "{" SECOND ",\"people\":[{\"name\":\"alice\",\"keys\":[{\"type\":\"key\",\"public_key\":\"%s\"}]},"
        "{\"name\":\"eve\",\"keys\":[{\"type\":\"key\",\"public_key\":\"%s\"}]}]}",
        "%s", fixture->rig->publics[ALICE], fixture->rig->publics[STRANGER]);
    unsigned all = BY(ALICE) | BY(BOB) | BY(STRANGER);
    expect_withdrawn(fixture, CAROL, changed, all, "");
    expect_withdrawn(fixture, BOB, changed, all, "too-few-signers");
    expect_withdrawn(fixture, STRANGER, changed, all, "too-few-signers");
}

static void a_revoked_key_rotates_nothing_at_a_service(void **state)
{
    const struct fixture *fixture = *state;
    struct own_trust own;
    struct problem problem;
    struct buf first = version_text(fixture, NULL, BY(ALICE) | BY(BOB)), revocation = revocation_text(fixture, BOB),
               stolen = version_text(fixture, "{" SECOND "}", BY(ALICE) | BY(BOB)),
               next = version_text(fixture, "{" SECOND "}", BY(ALICE) | BY(CAROL));
    assert_int_equal(own_trust_open(&own, ADDRESSEE_BACKUP, first.data, revocation.data, &problem), 0);
    assert_int_equal(own_trust_follow(&own, stolen.data, &problem), -1);
    assert_string_equal(problem.code, "too-few-signers");
    assert_int_equal(own_trust_follow(&own, next.data, &problem), 0);
    own_trust_close(&own);
    /* A revocation that cannot be read is not none. */
    assert_int_equal(own_trust_open(&own, ADDRESSEE_BACKUP, first.data, "{", &problem), -1);
    own_trust_close(&own);
    buf_free(&next);
    buf_free(&stolen);
    buf_free(&revocation);
    buf_free(&first);
}

static void a_chain_is_walked_from_the_pinned_one(void **state)
{
    const struct fixture *fixture = *state;
    struct problem problem;
    unsigned by = BY(ALICE) | BY(BOB);
    struct buf chain = version_text(fixture, NULL, by), second = version_text(fixture, "{" SECOND "}", by);
    buf_text(&chain, "\n");
    buf_append(&chain, second.data, second.length);
    buf_text(&chain, "\n");
    struct trust *trust = trust_history_from_pin(chain.data, chain.length, fixture->first->sha256, &problem);
    assert_non_null(trust);
    assert_int_equal(trust->body->head.version, 2);
    /* Pinned to the second, what stands before it does not matter. */
    struct trust *later = trust_history_from_pin(chain.data, chain.length, trust->sha256, &problem);
    assert_non_null(later);
    assert_int_equal(later->body->head.version, 2);
    assert_null(trust_history_from_pin(chain.data, chain.length, (const uint8_t[SHA256_BYTES]){ 0 }, &problem));
    assert_string_equal(problem.code, "other-trust");
    /* What does not follow is not passed over. */
    buf_append(&chain, second.data, second.length);
    assert_null(trust_history_from_pin(chain.data, chain.length, fixture->first->sha256, &problem));
    assert_string_equal(problem.code, "same-version");
    trust_free(later);
    trust_free(trust);
    buf_free(&second);
    buf_free(&chain);
}

/* A trust file of alice and of somebody with that key. */
static void expect_second(const struct fixture *fixture, const char *name, const char *type, const char *key,
    const char *more, const char *code)
{
    char changed[1024];
    snprintf(changed, sizeof(changed),
        "{\"people\":[{\"name\":\"alice\",\"keys\":[{\"type\":\"key\",\"public_key\":\"%s\"}]},"
        "{\"name\":\"%s\",\"keys\":[{\"type\":\"%s\",\"public_key\":\"%s\"%s}]}]}",
        fixture->rig->publics[ALICE], name, type, key, more);
    expect_read(fixture, changed, code);
}

static void a_key_belongs_to_one_person(void **state)
{
    const struct fixture *fixture = *state;
    const char *alice = fixture->rig->publics[ALICE], *bob = fixture->rig->publics[BOB];
    const char *page = ",\"rp_id\":\"localhost\",\"origin\":\"http://localhost:7720\"";
    expect_second(fixture, "bob", "key", bob, "", "");
    expect_second(fixture, "bob", "webauthn", bob, page, "");
    expect_second(fixture, "bob", "key", alice, "", "bad-trust");
    expect_second(fixture, "alice", "key", bob, "", "bad-trust");
    expect_second(fixture, "bob", "webauthn", alice, page, "bad-trust");
    expect_second(fixture, "bob", "key", bob, page, "bad-trust");
    expect_second(fixture, "bob", "key", fixture->rig->publics[STATUS_KEY], "", "bad-trust");
    expect_second(fixture, "bob", "ssh", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==", "", "bad-key");
}

static void a_passkey_signs_on_the_local_page_alone(void **state)
{
    const struct fixture *fixture = *state;
    static const struct {
        const char *rp_id, *origin, *code;
    } cases[] = {
        { "localhost", "http://localhost:7720", "" },
        { "localhost", "http://localhost", "" },
        { "rmm.example", "https://rmm.example", "bad-trust" },
        { "localhost", "http://localhost.evil.example", "bad-trust" },
        { "localhost", "http://localhost:80x", "bad-trust" },
        { "localhost", "http://localhost:", "bad-trust" },
        { "evil.example", "http://localhost:7720", "bad-trust" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char changed[1024];
        snprintf(changed, sizeof(changed),
            "{\"people\":[{\"name\":\"a\",\"keys\":[{\"type\":\"key\",\"public_key\":\"%s\"}]},{\"name\":\"b\","
            "\"keys\":["
            "{\"type\":\"webauthn\",\"public_key\":\"%s\",\"rp_id\":\"%s\",\"origin\":\"%s\"}]}]}",
            fixture->rig->publics[BOB], fixture->rig->publics[CAROL], cases[i].rp_id, cases[i].origin);
        expect_read(fixture, changed, cases[i].code);
    }
}

static void thresholds_can_be_reached_and_trust_wants_most(void **state)
{
    const struct fixture *fixture = *state;
    static const struct {
        const char *thresholds, *code;
    } cases[] = {
        { "{\"kind\":\"trust\",\"signers\":2},{\"kind\":\"task\",\"signers\":2}", "" },
        { "{\"kind\":\"task\",\"signers\":2}", "bad-trust" },
        { "{\"kind\":\"trust\",\"signers\":1},{\"kind\":\"task\",\"signers\":2}", "bad-trust" },
        { "{\"kind\":\"trust\",\"signers\":2},{\"kind\":\"update\",\"signers\":1}", "bad-trust" },
        { "{\"kind\":\"trust\",\"signers\":4}", "bad-trust" },
        { "{\"kind\":\"trust\",\"signers\":2},{\"kind\":\"trust\",\"signers\":2}", "bad-trust" },
        { "{\"kind\":\"trust\",\"signers\":2},{\"kind\":\"freeze\",\"signers\":2}", "bad-trust" },
        { "{\"kind\":\"trust\",\"signers\":0}", "bad-field" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char changed[256];
        snprintf(changed, sizeof(changed), "{\"thresholds\":[%s]}", cases[i].thresholds);
        expect_read(fixture, changed, cases[i].code);
    }
}

static void pins_are_keys_that_can_be_used(void **state)
{
    const struct fixture *fixture = *state;
    expect_read(fixture, "{\"logs\":[{\"class\":\"ops\",\"vkey\":\"nonsense\"}]}", "bad-key");
    expect_read(fixture, "{\"quorum\":1}", "bad-policy");
    expect_read(fixture, "{\"witnesses\":[\"nonsense\"]}", "bad-key");
    struct tlog_policy policy;
    assert_int_equal(trust_log(fixture->first, CLASS_OPS, 0, &policy), 0);
    assert_string_equal(policy.log.name, RIG_LOG);
    assert_int_equal(trust_log(fixture->first, CLASS_OPS, 1, &policy), -1);
    assert_int_equal(trust_log(fixture->first, CLASS_FLEET, 0, &policy), -1);
    assert_null(trust_service(fixture->first, ADDRESSEE_SCHEDULER));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(the_first_is_pinned_by_its_hash_and_signed_by_its_people),
        CASE(the_next_is_signed_by_the_old_people_and_the_new),
        CASE(people_change_only_with_both),
        CASE(a_lowered_threshold_needs_the_old_one),
        CASE(a_raised_threshold_needs_the_new_one),
        CASE(it_never_goes_back_or_leaves_one_out),
        CASE(a_revoked_key_rotates_nothing),
        CASE(a_revoked_key_rotates_nothing_at_a_service),
        CASE(a_chain_is_walked_from_the_pinned_one),
        CASE(a_key_belongs_to_one_person),
        CASE(a_passkey_signs_on_the_local_page_alone),
        CASE(thresholds_can_be_reached_and_trust_wants_most),
        CASE(pins_are_keys_that_can_be_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
