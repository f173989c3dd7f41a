#include "tests/unit/unit.h"

#include "lib/envelope/private.h"
#include "tests/envelope_rig.h"

static const struct envelope_stop stop = { RIG_DOCUMENT };

static struct buf sealed_stop(const struct rig_party *from, const struct rig_party *to)
{
    struct buf envelope = { 0 };
    assert_int_equal(rig_seal(from, to, ENVELOPE_STOP, 1, &stop, &envelope), 0);
    return envelope;
}

static void refused(struct rig_party *reader, const struct buf *envelope, const char *code)
{
    struct envelope_opened opened = { 0 };
    struct problem problem = { 0 };
    assert_int_equal(rig_open_as(reader, envelope->data, envelope->length, &opened, &problem), -1);
    assert_string_equal(problem.code, code);
    assert_null(opened.json);
}

static void what_was_sealed_is_opened(void **state)
{
    (void)state;
    struct buf envelope = { 0 };
    struct envelope_opened opened;
    struct problem problem;
    const struct envelope_document document = { .dsse = "{\n \"payload\": \"x\"\n}", .entry = "entry" };
    assert_int_equal(rig_seal(&rig_scheduler, &rig_agent, ENVELOPE_DOCUMENT, 42, &document, &envelope), 0);
    assert_int_equal(rig_open_as(&rig_agent, envelope.data, envelope.length, &opened, &problem), 0);
    const struct envelope_document *got = opened.message;
    assert_int_equal(opened.purpose, ENVELOPE_DOCUMENT);
    assert_int_equal(opened.place.incarnation, 7);
    assert_int_equal(opened.place.counter, 42);
    assert_string_equal(opened.from, envelope_key_fingerprint(rig_scheduler.sign));
    assert_string_equal(got->dsse, document.dsse);
    assert_string_equal(got->entry, document.entry);
    assert_null(got->receipt);
    envelope_opened_free(&opened);
    buf_free(&envelope);
}

static void an_rsa_key_receives(void **state)
{
    (void)state;
    struct rig_party agent = { .sign = rig_agent.sign, .seal = rig_key(ENVELOPE_KEY_RSA3072) };
    struct buf envelope = sealed_stop(&rig_scheduler, &agent);
    struct envelope_opened opened;
    struct problem problem;
    assert_int_equal(rig_open_as(&agent, envelope.data, envelope.length, &opened, &problem), 0);
    assert_string_equal(((const struct envelope_stop *)opened.message)->document, RIG_DOCUMENT);
    envelope_opened_free(&opened);
    refused(&rig_agent, &envelope, "wrong-recipient");
    buf_free(&envelope);
    envelope_key_free(agent.seal);
}

static void an_old_key_still_opens(void **state)
{
    (void)state;
    struct buf envelope = sealed_stop(&rig_scheduler, &rig_agent);
    struct envelope_key *newer = rig_key(ENVELOPE_KEY_P256);
    const struct envelope_key *const own[] = { newer, rig_agent.seal };
    const struct envelope_reader reader = { RIG_DEPLOYMENT, 0, own, 2, rig_signer, NULL };
    struct envelope_opened opened;
    assert_int_equal(envelope_open(&reader, envelope.data, envelope.length, &opened, NULL), 0);
    envelope_opened_free(&opened);
    buf_free(&envelope);
    envelope_key_free(newer);
}

/* A few bytes of the wrapping mean nothing (versions, the type of what is inside); none changes what is opened. */
static void an_altered_byte_is_noticed_or_means_nothing(void **state)
{
    (void)state;
    struct buf envelope = sealed_stop(&rig_scheduler, &rig_agent);
    size_t n_opened = 0;
    for (size_t i = 0; i < envelope.length; i++) {
        struct envelope_opened opened;
        struct problem problem;
        envelope.data[i] ^= 1;
        if (!rig_open_as(&rig_agent, envelope.data, envelope.length, &opened, &problem)) {
            n_opened++;
            assert_string_equal(((const struct envelope_stop *)opened.message)->document, RIG_DOCUMENT);
            envelope_opened_free(&opened);
        }
        envelope.data[i] ^= 1;
    }
    assert_in_range(n_opened, 0, 16);
    buf_free(&envelope);
}

static void what_is_cut_or_continued_is_refused(void **state)
{
    (void)state;
    struct buf envelope = sealed_stop(&rig_scheduler, &rig_agent);
    for (size_t length = 0; length < envelope.length; length++) {
        struct buf cut = { .data = envelope.data, .length = length };
        refused(&rig_agent, &cut, "bad-envelope");
    }
    assert_int_equal(buf_append(&envelope, "", 1), 0);
    refused(&rig_agent, &envelope, "bad-envelope");
    buf_free(&envelope);
}

static void it_is_for_its_recipient_alone(void **state)
{
    (void)state;
    struct buf envelope = sealed_stop(&rig_scheduler, &rig_agent);
    refused(&rig_stranger, &envelope, "wrong-recipient");
    refused(&rig_scheduler, &envelope, "wrong-recipient");
    buf_free(&envelope);
}

static void what_was_opened_cannot_be_sealed_anew_for_another(void **state)
{
    (void)state;
    struct buf envelope = sealed_stop(&rig_scheduler, &rig_stranger), inner = { 0 }, anew = { 0 };
    const struct envelope_key *const own[] = { rig_stranger.seal }, *used;
    assert_int_equal(envelope_decrypt(own, 1, envelope.data, envelope.length, &inner, &used, NULL), 0);
    assert_int_equal(envelope_encrypt(rig_agent.seal, inner.data, inner.length, &anew, NULL), 0);
    refused(&rig_agent, &anew, "wrong-recipient");
    buf_free(&envelope);
    buf_free(&inner);
    buf_free(&anew);
}

static void what_we_sent_cannot_be_sent_back(void **state)
{
    (void)state;
    const struct envelope_output output = { .document = RIG_DOCUMENT, .data = "" };
    struct buf envelope = { 0 };
    /* To our own key, as only a thief of it could: the reader does not know itself as a sender. */
    assert_int_equal(rig_seal(&rig_agent, &rig_agent, ENVELOPE_OUTPUT, 1, &output, &envelope), 0);
    refused(&rig_agent, &envelope, "unknown-sender");
    buf_free(&envelope);
}

static void a_stranger_is_no_sender(void **state)
{
    (void)state;
    struct buf envelope = sealed_stop(&rig_stranger, &rig_agent);
    refused(&rig_agent, &envelope, "unknown-sender");
    buf_free(&envelope);
}

/* Content of our own choice, signed by from and sealed for the agent. */
static void refused_content(const struct rig_party *from, const char *content, const char *code)
{
    struct buf inner = { 0 }, envelope = { 0 };
    assert_int_equal(envelope_sign(from->sign, content, strlen(content), &inner, NULL), 0);
    assert_int_equal(envelope_encrypt(rig_agent.seal, inner.data, inner.length, &envelope, NULL), 0);
    refused(&rig_agent, &envelope, code);
    buf_free(&inner);
    buf_free(&envelope);
}

static struct buf head_of(const char *deployment, const struct rig_party *from, enum envelope purpose)
{
    struct envelope_head head = { .purpose = purpose, .place = { 7, 1 } };
    struct buf content = { 0 };
    strcpy(head.deployment, deployment);
    strcpy(head.from, envelope_key_fingerprint(from->sign));
    strcpy(head.to, envelope_key_fingerprint(rig_agent.seal));
    assert_int_equal(envelope_head_write(&head, &content), 0);
    return content;
}

static void the_head_must_be_the_readers(void **state)
{
    (void)state;
    static const struct {
        const char *deployment;
        const struct rig_party *from;
        enum envelope purpose;
        const char *body, *code;
    } cases[] = {
        { "ffffffffffffffffffffffffffffffff", &rig_scheduler, ENVELOPE_STOP, "{}", "other-deployment" },
        { RIG_DEPLOYMENT, &rig_stranger, ENVELOPE_STOP, "{}", "bad-signature" },
        { RIG_DEPLOYMENT, &rig_scheduler, ENVELOPE_OUTPUT, "{}", "wrong-purpose" },
        { RIG_DEPLOYMENT, &rig_scheduler, ENVELOPE_STOP, "{}", "missing-field" },
        { RIG_DEPLOYMENT, &rig_scheduler, ENVELOPE_STOP, "{\"document\":\"" RIG_DOCUMENT "\",\"run\":1}",
            "unknown-field" },
        { RIG_DEPLOYMENT, &rig_scheduler, ENVELOPE_STOP, "", "bad-json" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct buf content = head_of(cases[i].deployment, cases[i].from, cases[i].purpose);
        assert_int_equal(buf_text(&content, cases[i].body), 0);
        refused_content(&rig_scheduler, content.data, cases[i].code);
        buf_free(&content);
    }
    refused_content(&rig_scheduler, "no head at all", "bad-envelope");
    refused_content(&rig_scheduler, "{\"deployment\":\"x\"}\n{}", "bad-envelope");
}

static void keys_are_read_in_one_form_only(void **state)
{
    (void)state;
    struct problem problem;
    struct envelope_key *same = envelope_key_public(envelope_key_spki(rig_agent.seal), &problem);
    assert_non_null(same);
    assert_false(envelope_key_is_private(same));
    assert_string_equal(envelope_key_fingerprint(same), envelope_key_fingerprint(rig_agent.seal));
    envelope_key_free(same);
    /* P-384; a compressed point of P-256 would be another text for the same key. */
    static const char *const bad[] = { "", "AAAA",
        "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEqYJh8bq0m0m0Yx0rXb3Ck0m4mJm3f1dCb3o8c5u1m7p0cV3l1gq0z5u8m7p0cV3l1gq0z5u8m7p0cV"
        "3l1gq0"
        "z5u8m7p0cV3l1gq0z5u8m7p0cV3l1gq0z5u8m7p0" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_null(envelope_key_public(bad[i], &problem));
        assert_string_equal(problem.code, "bad-key");
    }
    assert_null(envelope_key_private("no PEM", 6, &problem));
}

static int open_rig(void **state)
{
    (void)state;
    rig_open();
    return 0;
}

static int close_rig(void **state)
{
    (void)state;
    rig_close();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sealed_is_opened),
        cmocka_unit_test(an_rsa_key_receives),
        cmocka_unit_test(an_old_key_still_opens),
        cmocka_unit_test(an_altered_byte_is_noticed_or_means_nothing),
        cmocka_unit_test(what_is_cut_or_continued_is_refused),
        cmocka_unit_test(it_is_for_its_recipient_alone),
        cmocka_unit_test(what_was_opened_cannot_be_sealed_anew_for_another),
        cmocka_unit_test(what_we_sent_cannot_be_sent_back),
        cmocka_unit_test(a_stranger_is_no_sender),
        cmocka_unit_test(the_head_must_be_the_readers),
        cmocka_unit_test(keys_are_read_in_one_form_only),
    };
    return cmocka_run_group_tests(tests, open_rig, close_rig);
}
