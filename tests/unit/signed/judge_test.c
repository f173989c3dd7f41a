/* The ordered refusals: each verdict by its code, and which of two comes first. */
#include "tests/unit/unit.h"

#include "lib/signed/status.h"
#include "tests/signed_rig.h"

struct fixture {
    struct rig *rig;
    struct trust *trust;
    struct dsse dsse, status_dsse;
    struct document document, status;
    struct receipt receipt;
    struct known known;
};

static void make(struct fixture *fixture, const char *kind, const char *members, const char *changed, unsigned by)
{
    rig_receipt_free(&fixture->receipt);
    document_free(&fixture->document);
    dsse_free(&fixture->dsse);
    fixture->dsse = rig_document(fixture->rig, kind, members, changed, by);
    fixture->document = rig_parse(&fixture->dsse);
    fixture->receipt = rig_receipt(fixture->rig, &fixture->dsse);
    fixture->known.receipt = fixture->receipt;
}

static void set_status(struct fixture *fixture, const char *changed)
{
    document_free(&fixture->status);
    dsse_free(&fixture->status_dsse);
    fixture->status_dsse =
        rig_document(fixture->rig, "status", "\"trust_version\":1,\"revocation_version\":0", changed, BY(STATUS_KEY));
    fixture->status = rig_parse(&fixture->status_dsse);
    fixture->known.status = &fixture->status.body.status;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->rig = rig_new();
    fixture->trust = rig_trust(fixture->rig);
    fixture->known = (struct known){
        .trust = fixture->trust, .fingerprint = RIG_AGENT, .tenant = "acme", .site = "oslo", .now_ms = RIG_NOW + 1000
    };
    set_status(fixture, NULL);
    make(fixture, "task", RIG_TASK, NULL, BY(ALICE) | BY(BOB));
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    rig_receipt_free(&fixture->receipt);
    document_free(&fixture->document);
    document_free(&fixture->status);
    dsse_free(&fixture->dsse);
    dsse_free(&fixture->status_dsse);
    trust_free(fixture->trust);
    rig_free(fixture->rig);
    free(fixture);
    return 0;
}

static void expect(struct fixture *fixture, const char *code)
{
    struct judgement judgement;
    struct problem problem = { .code = "" };
    int error = judge(&fixture->dsse, &fixture->document, &fixture->known, &judgement, &problem);
    assert_string_equal(error ? problem.code : "", code);
    if (error)
        assert_true(strlen(problem.reason) > 10);
}

static void what_is_right_may_be_done(void **state)
{
    struct fixture *fixture = *state;
    struct judgement judgement;
    char names[64];
    assert_int_equal(judge(&fixture->dsse, &fixture->document, &fixture->known, &judgement, NULL), 0);
    assert_int_equal(judgement.signers.count, 2);
    assert_int_equal(judgement.signers.threshold, 2);
    signers_text(&judgement.signers, fixture->trust, names, sizeof(names));
    assert_string_equal(names, "alice, bob");
    assert_true(judgement.receipted);
    assert_int_equal(judgement.held.checkpoint.size, 2);
    assert_string_equal(judgement.held.checkpoint.origin, RIG_LOG);
}

static void people_count_and_not_keys(void **state)
{
    struct fixture *fixture = *state;
    make(fixture, "task", RIG_TASK, NULL, BY(ALICE));
    expect(fixture, "too-few-signers");
    make(fixture, "task", RIG_TASK, NULL, BY(ALICE) | BY(ALICE_TOO));
    expect(fixture, "too-few-signers");
    make(fixture, "task", RIG_TASK, NULL, BY(ALICE) | BY(STRANGER));
    expect(fixture, "too-few-signers");
    make(fixture, "task", RIG_TASK, NULL, BY(ALICE) | BY(STATUS_KEY));
    expect(fixture, "too-few-signers");
    make(fixture, "task", RIG_TASK, NULL, BY(ALICE_TOO) | BY(CAROL));
    expect(fixture, "");
}

static void a_forged_signature_spoils_all(void **state)
{
    struct fixture *fixture = *state;
    const char *carol = fixture->rig->keys[CAROL].public.keyid, *stranger = fixture->rig->keys[STRANGER].public.keyid;
    assert_int_equal(dsse_add(&fixture->dsse, stranger, "anything", 8, NULL), 0);
    expect(fixture, "");
    assert_int_equal(dsse_add(&fixture->dsse, carol, "anything", 8, NULL), 0);
    expect(fixture, "bad-signature");
}

/* Signed for another text, or as another kind. */
static void a_signature_is_good_for_these_bytes_alone(void **state)
{
    struct fixture *fixture = *state;
    struct dsse other = rig_document(fixture->rig, "task", RIG_TASK, "{\"user\":\"root\"}", 0);
    for (size_t i = 0; i < fixture->dsse.n_signatures; i++) {
        const struct dsse_signature *signature = &fixture->dsse.signatures[i];
        assert_int_equal(dsse_add(&other, signature->keyid, signature->sig, signature->bytes, NULL), 0);
    }
    dsse_free(&fixture->dsse);
    fixture->dsse = other;
    expect(fixture, "bad-signature");
}

static void it_is_for_those_it_names(void **state)
{
    struct fixture *fixture = *state;
    fixture->known.fingerprint = RIG_OTHER_AGENT;
    expect(fixture, "not-a-target");
    make(fixture, "task", RIG_TASK, "{\"targets\":null,\"tenant\":\"acme\"}", BY(ALICE) | BY(BOB));
    expect(fixture, "");
    make(fixture, "task", RIG_TASK, "{\"targets\":null,\"tenant\":\"acme\",\"site\":\"bergen\"}", BY(ALICE) | BY(BOB));
    expect(fixture, "not-a-target");
    make(fixture, "task", RIG_TASK, "{\"targets\":null,\"tenant\":\"globex\"}", BY(ALICE) | BY(BOB));
    expect(fixture, "not-a-target");
    fixture->known.tenant = NULL;
    make(fixture, "task", RIG_TASK, "{\"targets\":null,\"tenant\":\"acme\"}", BY(ALICE) | BY(BOB));
    expect(fixture, "not-a-target");
    fixture->known.fingerprint = NULL;
    expect(fixture, "");
}

static void another_deployment_is_none_of_ours(void **state)
{
    struct fixture *fixture = *state;
    make(fixture, "task", RIG_TASK, "{\"deployment\":\"ffffffffffffffffffffffffffffffff\"}", BY(ALICE) | BY(BOB));
    expect(fixture, "other-deployment");
}

static void a_version_never_goes_back(void **state)
{
    struct fixture *fixture = *state;
    fixture->known.version = 1;
    memcpy(fixture->known.version_sha256, fixture->dsse.sha256, SHA256_BYTES);
    expect(fixture, "");
    fixture->known.version_sha256[0] ^= 1;
    expect(fixture, "old-version");
    make(fixture, "task", RIG_TASK, "{\"version\":2}", BY(ALICE) | BY(BOB));
    expect(fixture, "");
    fixture->known.version = 3;
    expect(fixture, "old-version");
}

static void it_has_its_time(void **state)
{
    struct fixture *fixture = *state;
    fixture->known.now_ms = fixture->document.body.head.not_before - 1;
    expect(fixture, "not-yet");
    fixture->known.now_ms = fixture->document.body.head.expires;
    expect(fixture, "expired");
    make(fixture, "task", RIG_TASK, "{\"expires\":\"2027-01-01T00:00:00Z\"}", BY(ALICE) | BY(BOB));
    expect(fixture, "trust-expired");
    make(fixture, "freeze", "", "{\"expires\":\"2027-01-01T00:00:00Z\"}", BY(CAROL));
    expect(fixture, "");
}

static void without_a_fresh_status_nothing_begins(void **state)
{
    struct fixture *fixture = *state;
    fixture->known.now_ms = RIG_NOW + INT64_C(7) * 86400000;
    expect(fixture, "");
    fixture->known.now_ms++;
    expect(fixture, "stale-status");
    fixture->known.now_ms = RIG_NOW + 3600000;
    fixture->known.fresh_within_s = 3600;
    expect(fixture, "");
    make(fixture, "task", RIG_TASK, "{\"fresh_within_s\":3599}", BY(ALICE) | BY(BOB));
    expect(fixture, "stale-status");
    make(fixture, "task", RIG_TASK, "{\"fresh_within_s\":7200}", BY(ALICE) | BY(BOB));
    fixture->known.now_ms++;
    expect(fixture, "stale-status");
    fixture->known.now_ms = RIG_NOW;
    fixture->known.status = NULL;
    expect(fixture, "stale-status");
}

static void a_status_tells_of_what_was_withheld(void **state)
{
    struct fixture *fixture = *state;
    set_status(fixture, "{\"trust_version\":2}");
    expect(fixture, "stale-status");
    set_status(fixture, "{\"revocation_version\":1}");
    expect(fixture, "stale-status");
    set_status(fixture, "{\"frozen\":true}");
    expect(fixture, "frozen");
    set_status(fixture, "{\"frozen\":false}");
    expect(fixture, "");
}

static void what_was_revoked_is_not_done(void **state)
{
    struct fixture *fixture = *state;
    struct dsse dsse = rig_document(
        fixture->rig, "revocation", "\"documents\":[{\"document\":\"" RIG_DOCUMENT "\",\"version\":1}]", NULL, BY(BOB));
    struct document revocation;
    assert_int_equal(revocation_follow(&dsse, fixture->trust, TRUST_NONE_REVOKED, &revocation, NULL), 0);
    fixture->known.revoked = trust_revoked_by(&revocation);
    expect(fixture, "revoked");
    make(fixture, "task", RIG_TASK, "{\"version\":2}", BY(ALICE) | BY(BOB));
    expect(fixture, "");
    document_free(&revocation);
    dsse_free(&dsse);
}

static void a_revoked_key_signs_no_more(void **state)
{
    struct fixture *fixture = *state;
    char members[128];
    snprintf(members, sizeof(members), "\"keys\":[\"%s\"]", fixture->rig->keys[BOB].public.keyid);
    struct dsse dsse = rig_document(fixture->rig, "revocation", members, NULL, BY(ALICE));
    struct document revocation;
    assert_int_equal(revocation_follow(&dsse, fixture->trust, TRUST_NONE_REVOKED, &revocation, NULL), 0);
    fixture->known.revoked = trust_revoked_by(&revocation);
    expect(fixture, "too-few-signers");
    make(fixture, "task", RIG_TASK, NULL, BY(ALICE) | BY(BOB) | BY(CAROL));
    expect(fixture, "");
    document_free(&revocation);
    dsse_free(&dsse);
}

static void a_freeze_holds_what_begins_and_not_what_stops(void **state)
{
    struct fixture *fixture = *state;
    fixture->known.frozen = true;
    expect(fixture, "frozen");
    make(fixture, "freeze", "\"reason\":\"a thief\"", NULL, BY(CAROL));
    fixture->known.status = NULL;
    fixture->known.receipt = (struct receipt){ 0 };
    expect(fixture, "");
    make(fixture, "unfreeze", "", "{\"version\":2}", BY(CAROL));
    expect(fixture, "too-few-signers");
    make(fixture, "unfreeze", "", "{\"version\":2}", BY(CAROL) | BY(ALICE));
    expect(fixture, "");
    fixture->known.receipt = (struct receipt){ 0 };
    expect(fixture, "no-receipt");
}

/* What is here already is no attack; anything else of the same or an earlier version is one, and told. */
static void a_repeat_is_told_from_what_is_older(void **state)
{
    struct fixture *fixture = *state;
    const struct document_status *held = &fixture->status.body.status;
    struct document next;
    struct problem problem;
    assert_int_equal(status_follow(&fixture->status_dsse, fixture->trust, TRUST_NONE_REVOKED, NULL, RIG_NOW, &next, &problem), 0);
    document_free(&next);
    assert_int_equal(status_follow(&fixture->status_dsse, fixture->trust, TRUST_NONE_REVOKED, held, RIG_NOW, &next, &problem), -1);
    assert_string_equal(problem.code, "same-version");
    struct dsse newer = rig_document(
        fixture->rig, "status", "\"trust_version\":1,\"revocation_version\":0", "{\"version\":2}", BY(STATUS_KEY));
    struct document now = rig_parse(&newer);
    assert_int_equal(
        status_follow(&fixture->status_dsse, fixture->trust, TRUST_NONE_REVOKED, &now.body.status, RIG_NOW, &next, &problem), -1);
    assert_string_equal(problem.code, "old-version");
    document_free(&now);
    dsse_free(&newer);
}

static void a_first_trust_file_does_not_come_twice(void **state)
{
    struct fixture *fixture = *state;
    struct dsse same = rig_trust_dsse(fixture->rig, NULL, 0),
                other = rig_trust_dsse(fixture->rig, "{\"quorum\":0,\"title\":\"other\"}", 0);
    struct buf text = { 0 };
    struct problem problem;
    assert_int_equal(dsse_format(&same, &text), 0);
    assert_null(trust_follow(fixture->trust, TRUST_NONE_REVOKED, text.data, text.length, &problem));
    assert_string_equal(problem.code, "same-version");
    buf_clear(&text);
    assert_int_equal(dsse_format(&other, &text), 0);
    assert_null(trust_follow(fixture->trust, TRUST_NONE_REVOKED, text.data, text.length, &problem));
    assert_string_equal(problem.code, "old-version");
    buf_free(&text);
    dsse_free(&same);
    dsse_free(&other);
}

static int refuse(void *arg, const struct document *document, struct problem *problem)
{
    assert_string_equal(document->body.task.user, "nobody");
    ++*(int *)arg;
    return problem_set(problem, "policy-user", "", "nobody may not");
}

static void the_policy_is_asked_before_the_receipt(void **state)
{
    struct fixture *fixture = *state;
    int asked = 0;
    fixture->known.policy = refuse;
    fixture->known.policy_arg = &asked;
    fixture->known.receipt = (struct receipt){ 0 };
    expect(fixture, "policy-user");
    fixture->known.frozen = true;
    expect(fixture, "frozen");
    assert_int_equal(asked, 1);
}

static void the_receipt_is_the_permission(void **state)
{
    struct fixture *fixture = *state;
    fixture->known.receipt.proof = NULL;
    expect(fixture, "no-receipt");
    uint8_t other[SHA256_BYTES] = { 0 };
    struct receipt receipt = rig_receipt_by(&fixture->rig->log, other, EVENT_DOCUMENT_LOGGED);
    fixture->known.receipt = receipt;
    expect(fixture, "bad-receipt");
    /* An entry of another event, with the document's number in it: that it was a draft permits nothing. */
    struct receipt draft = rig_receipt_by(&fixture->rig->log, fixture->dsse.sha256, EVENT_DOCUMENT_DRAFTED);
    fixture->known.receipt = draft;
    expect(fixture, "bad-receipt");
    rig_receipt_free(&draft);
    fixture->known.receipt = receipt;
    /* The right entry, with a proof of another. */
    fixture->known.receipt.entry = fixture->receipt.entry;
    fixture->known.receipt.entry_bytes = fixture->receipt.entry_bytes;
    expect(fixture, "bad-receipt");
    rig_receipt_free(&receipt);
}

static void the_receipt_is_of_a_log_that_is_trusted(void **state)
{
    struct fixture *fixture = *state;
    struct tlog_signer other;
    assert_int_equal(tlog_signer_make(RIG_LOG "/2", TLOG_ED25519, (const uint8_t[32]){ 8 }, &other, NULL), 0);
    struct receipt receipt = rig_receipt_by(&other, fixture->dsse.sha256, EVENT_DOCUMENT_LOGGED);
    fixture->known.receipt = receipt;
    expect(fixture, "bad-receipt");
    /* Unless people signed that it succeeds the other. */
    const struct successors successors = { .n = 1, .keys = { other.vkey } };
    fixture->known.successors = &successors;
    expect(fixture, "");
    fixture->known.receipt = fixture->receipt;
    expect(fixture, "");
    rig_receipt_free(&receipt);
}

static void a_quorum_of_witnesses_is_wanted(void **state)
{
    struct fixture *fixture = *state;
    struct tlog_signer witness;
    char vkey[TLOG_VKEY_BYTES], changed[400];
    assert_int_equal(tlog_signer_make("w.example", TLOG_COSIGNATURE, (const uint8_t[32]){ 9 }, &witness, NULL), 0);
    tlog_vkey_format(&witness.vkey, vkey);
    snprintf(changed, sizeof(changed), "{\"quorum\":1,\"witnesses\":[\"%s\"]}", vkey);
    struct dsse dsse = rig_trust_dsse(fixture->rig, changed, 0);
    trust_free(fixture->trust);
    fixture->known.trust = fixture->trust = trust_read(&dsse, NULL);
    assert_non_null(fixture->trust);
    expect(fixture, "no-quorum");
    dsse_free(&dsse);
}

static void a_kind_that_nobody_may_sign_is_refused(void **state)
{
    struct fixture *fixture = *state;
    make(fixture, "move", "\"targets\":[{\"fingerprint\":\"" RIG_AGENT "\"}],\"to_tenant\":\"b\",\"to_site\":\"c\"",
        NULL, BY(ALICE) | BY(BOB) | BY(CAROL));
    expect(fixture, "unknown-kind");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(what_is_right_may_be_done),
        CASE(people_count_and_not_keys),
        CASE(a_forged_signature_spoils_all),
        CASE(a_signature_is_good_for_these_bytes_alone),
        CASE(it_is_for_those_it_names),
        CASE(another_deployment_is_none_of_ours),
        CASE(a_version_never_goes_back),
        CASE(it_has_its_time),
        CASE(without_a_fresh_status_nothing_begins),
        CASE(a_status_tells_of_what_was_withheld),
        CASE(what_was_revoked_is_not_done),
        CASE(a_revoked_key_signs_no_more),
        CASE(a_freeze_holds_what_begins_and_not_what_stops),
        CASE(a_repeat_is_told_from_what_is_older),
        CASE(a_first_trust_file_does_not_come_twice),
        CASE(the_policy_is_asked_before_the_receipt),
        CASE(the_receipt_is_the_permission),
        CASE(the_receipt_is_of_a_log_that_is_trusted),
        CASE(a_quorum_of_witnesses_is_wanted),
        CASE(a_kind_that_nobody_may_sign_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
