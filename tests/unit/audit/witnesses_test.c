#include "services/audit/witnesses/witnesses.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/files.h"
#include "lib/problem.h"
#include "services/audit/witnesses/offer.h"
#include "tests/unit/unit.h"

static struct tlog_signer log_key, holders[TLOG_WITNESSES + 1];
static struct problem problem;
static char path[64];

static struct tlog_signer signer(const char *name, enum tlog_algorithm algorithm)
{
    uint8_t seed[ED25519_SEED_BYTES];
    struct tlog_signer made;
    crypto_sha256(name, strlen(name), seed);
    assert_int_equal(tlog_signer_make(name, algorithm, seed, &made, NULL), 0);
    return made;
}

static int make_keys(void **state)
{
    (void)state;
    crypto_open();
    log_key = signer("log.example/ops", TLOG_ED25519);
    for (int i = 0; i <= TLOG_WITNESSES; i++) {
        char name[32];
        snprintf(name, sizeof(name), "witness.example/%d", i);
        holders[i] = signer(name, TLOG_COSIGNATURE);
    }
    snprintf(path, sizeof(path), "/tmp/vedette-witnesses-%d", getpid());
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static int add(struct tlog_policy *policy, const struct tlog_signer *holder)
{
    char vkey[TLOG_VKEY_BYTES];
    tlog_vkey_format(&holder->vkey, vkey);
    return witnesses_add(path, policy, vkey, &problem);
}

static void the_file_is_what_was_added_and_not_removed(void **state)
{
    (void)state;
    struct tlog_policy policy = { .log = log_key.vkey, .quorum = 2 }, read = { .log = log_key.vkey };
    assert_int_equal(witnesses_load(path, &read, &problem), 0);
    assert_int_equal(read.witness_count, 0);
    for (int i = 0; i < TLOG_WITNESSES; i++)
        assert_int_equal(add(&policy, &holders[i]), 0);
    assert_int_equal(add(&policy, &holders[TLOG_WITNESSES]), -1);
    assert_string_equal(problem.code, "too-many");
    assert_int_equal(witnesses_remove(path, &policy, "witness.example/0", &problem), 0);
    assert_int_equal(witnesses_remove(path, &policy, "witness.example/0", &problem), -1);
    assert_string_equal(problem.code, "not-found");
    assert_int_equal(add(&policy, &holders[1]), -1);
    assert_string_equal(problem.code, "exists");
    assert_int_equal(add(&policy, &log_key), -1);
    assert_int_equal(witnesses_load(path, &read, &problem), 0);
    assert_int_equal(read.witness_count, TLOG_WITNESSES - 1);
    assert_string_equal(read.witnesses[0].name, "witness.example/1");
    assert_int_equal(policy.quorum, 2);
}

static void what_cannot_be_written_is_not_so(void **state)
{
    (void)state;
    struct tlog_policy policy = { .log = log_key.vkey };
    char vkey[TLOG_VKEY_BYTES];
    tlog_vkey_format(&holders[0].vkey, vkey);
    assert_int_equal(witnesses_add("/nonexistent/witnesses", &policy, vkey, &problem), -1);
    assert_int_equal(policy.witness_count, 0);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    char vkey[TLOG_VKEY_BYTES], twice[2 * TLOG_VKEY_BYTES + 2];
    struct tlog_policy policy = { .log = log_key.vkey };
    tlog_vkey_format(&holders[0].vkey, vkey);
    snprintf(twice, sizeof(twice), "%s\n%s\n", vkey, vkey);
    for (const char *const *text = (const char *const[]){ "\n", "x\n", vkey, twice, NULL }; *text; text++)
        assert_int_equal(witnesses_parse(*text, strlen(*text), &policy, &problem), -1);
    assert_int_equal(witnesses_parse(twice, strlen(vkey) + 1, &policy, &problem), 0);
    assert_int_equal(policy.witness_count, 1);
}

static struct signed_checkpoint checkpoint_of(uint64_t size)
{
    struct signed_checkpoint checkpoint = { .size = size };
    struct tlog_checkpoint said = { "log.example/ops", size, { (uint8_t)size } };
    struct buf text = { 0 };
    assert_int_equal(tlog_checkpoint_sign(&text, &said, &log_key), 0);
    memcpy(checkpoint.text, text.data, text.length);
    checkpoint.bytes = text.length;
    buf_free(&text);
    return checkpoint;
}

static void cosign(const struct signed_checkpoint *checkpoint, int holder, int64_t time_s, struct buf *ret)
{
    struct tlog_note note;
    assert_int_equal(tlog_note_parse(checkpoint->text, checkpoint->bytes, &note, NULL), 0);
    assert_int_equal(tlog_note_sign(ret, note.text, note.text_bytes, &holders[holder], time_s), 0);
}

static int take(struct offer *offer, const struct tlog_policy *policy, const struct signed_checkpoint *checkpoint,
    int holder, int64_t now_ms)
{
    struct buf line = { 0 };
    uint32_t by = 0;
    cosign(checkpoint, holder, 1700000000 + now_ms / 1000, &line);
    int status = offer_take(offer, policy, line.data, now_ms, &by, &problem);
    assert_true(status < 0 || by == 1u << holder);
    buf_free(&line);
    return status;
}

static void an_offer_lasts_until_all_have_cosigned_or_time_is_up(void **state)
{
    (void)state;
    struct tlog_policy policy = { .log = log_key.vkey, .witness_count = 3, .quorum = 2 };
    for (int i = 0; i < 3; i++)
        policy.witnesses[i] = holders[i].vkey;
    struct offer offer = { 0 };
    const struct signed_checkpoint checkpoint = checkpoint_of(7), other = checkpoint_of(8);
    assert_true(offer_is_over(&offer, &policy, 0));
    assert_int_equal(offer_begin(&offer, &checkpoint, 1000, NULL), 0);
    assert_int_equal(take(&offer, &policy, &checkpoint, 0, 2000), 0);
    assert_int_equal(take(&offer, &policy, &checkpoint, 0, 2001), 1);
    assert_int_equal(take(&offer, &policy, &checkpoint, 0, 2000 + OFFER_AGAIN_MS), 0);
    assert_false(offer_has_quorum(&offer, &policy));
    assert_false(offer_is_over(&offer, &policy, 999 + OFFER_LASTS_MS));
    assert_true(offer_is_over(&offer, &policy, 1000 + OFFER_LASTS_MS));
    assert_int_equal(take(&offer, &policy, &other, 1, 3000), -1);
    assert_string_equal(problem.code, "bad-signature");
    assert_int_equal(take(&offer, &policy, &checkpoint, 5, 3000), -1);
    assert_string_equal(problem.code, "unknown-witness");
    assert_int_equal(take(&offer, &policy, &checkpoint, 1, 3000), 0);
    assert_true(offer_has_quorum(&offer, &policy));
    assert_false(offer_is_over(&offer, &policy, 999 + OFFER_SETTLED_MS));
    assert_true(offer_is_over(&offer, &policy, 1000 + OFFER_SETTLED_MS));
    assert_int_equal(take(&offer, &policy, &checkpoint, 2, 3001), 0);
    assert_true(offer_is_over(&offer, &policy, 3001));
    struct tlog_checkpoint opened;
    struct tlog_cosigned cosigned;
    policy.quorum = 3;
    assert_int_equal(tlog_policy_open(offer.note.data, offer.note.length, &policy, &opened, &cosigned, &problem), 0);
    assert_int_equal(opened.size, 7);
    offer_end(&offer);
}

static void other_than_signature_lines_are_refused(void **state)
{
    (void)state;
    struct tlog_policy policy = { .log = log_key.vkey, .witness_count = 1, .witnesses = { holders[0].vkey } };
    struct offer offer = { 0 };
    const struct signed_checkpoint checkpoint = checkpoint_of(7);
    uint32_t by = 0;
    assert_int_equal(offer_begin(&offer, &checkpoint, 0, NULL), 0);
    for (const char *const *lines = (const char *const[]){ "x", "x\n", "\n", "\n\xe2\x80\x94 a b\n",
             "\xe2\x80\x94 a b\n", "log.example/ops\n7\n", NULL };
         *lines; lines++)
        assert_int_equal(offer_take(&offer, &policy, *lines, 0, &by, &problem), -1);
    assert_int_equal(offer.by, 0);
    assert_int_equal(offer.note.length, checkpoint.bytes);
    offer_end(&offer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_file_is_what_was_added_and_not_removed, remove_file),
        cmocka_unit_test(what_cannot_be_written_is_not_so),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(an_offer_lasts_until_all_have_cosigned_or_time_is_up),
        cmocka_unit_test(other_than_signature_lines_are_refused),
    };
    return cmocka_run_group_tests(tests, make_keys, NULL);
}
