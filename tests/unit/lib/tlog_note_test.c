#include "lib/tlog/checkpoint.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/files.h"
#include "lib/problem.h"
#include "lib/tlog/cosign.h"
#include "tests/unit/unit.h"

/* A log's key and checkpoint as Go's sumdb/note made them, from the seed 0, 1, 2 … 31. */
static const char go_vkey[] = "log.example/ops+a26b9a6b+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
static const char go_skey[] = "PRIVATE+KEY+log.example/ops+a26b9a6b+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
static const char go_note[] = "log.example/ops\n7\nmMl/C6MXXNCLAx3QhLncTmSbZNGijm6mlGRlAxc6tYc=\n\n"
                              "\xe2\x80\x94 log.example/ops omuaa/TfDO7dKKNf0TEflocfAxbVit7csdzdpzDxsFfCM9Pi/"
                              "A1DOCVmU3iIkSkM6C74tHDoesX7IFgxdg3q4sRxegs=\n";

static struct tlog_signer make(const char *name, enum tlog_algorithm algorithm, uint8_t first)
{
    const uint8_t seed[ED25519_SEED_BYTES] = { first };
    struct tlog_signer signer;
    assert_int_equal(tlog_signer_make(name, algorithm, seed, &signer, NULL), 0);
    return signer;
}

static void a_key_of_go_is_read_and_signs_the_same(void **state)
{
    (void)state;
    struct tlog_vkey key;
    struct tlog_signer signer;
    struct tlog_checkpoint checkpoint;
    struct buf note = { 0 };
    char again[TLOG_SKEY_BYTES];
    assert_int_equal(tlog_vkey_parse(go_vkey, &key, NULL), 0);
    assert_int_equal(tlog_signer_parse(go_skey, &signer, NULL), 0);
    assert_memory_equal(signer.vkey.public_key, key.public_key, sizeof(key.public_key));
    tlog_vkey_format(&signer.vkey, again);
    assert_string_equal(again, go_vkey);
    tlog_signer_format(&signer, again);
    assert_string_equal(again, go_skey);
    assert_int_equal(tlog_checkpoint_open(go_note, strlen(go_note), &key, &checkpoint, NULL, NULL), 0);
    assert_int_equal(tlog_checkpoint_sign(&note, &checkpoint, &signer), 0);
    assert_string_equal(note.data, go_note);
    buf_free(&note);
}

static void an_altered_key_is_refused(void **state)
{
    (void)state;
    char text[sizeof(go_skey) + 2];
    struct tlog_vkey key;
    struct tlog_signer signer;
    for (size_t i = 0; i < 8 * strlen(go_vkey); i++) {
        strcpy(text, go_vkey);
        text[i / 8] ^= (char)(1 << i % 8);
        assert_int_equal(tlog_vkey_parse(text, &key, NULL), -1);
    }
    for (size_t i = 0; i < 8 * strlen(go_skey); i++) {
        strcpy(text, go_skey);
        text[i / 8] ^= (char)(1 << i % 8);
        assert_int_equal(tlog_signer_parse(text, &signer, NULL), -1);
    }
    for (size_t length = 0; length < strlen(go_vkey); length++) {
        strcpy(text, go_vkey);
        text[length] = '\0';
        assert_int_equal(tlog_vkey_parse(text, &key, NULL), -1);
    }
    snprintf(text, sizeof(text), "%s\n", go_vkey);
    assert_int_equal(tlog_vkey_parse(text, &key, NULL), 0);
    snprintf(text, sizeof(text), "%s\n\n", go_vkey);
    assert_int_equal(tlog_vkey_parse(text, &key, NULL), -1);
}

static void a_private_key_that_others_may_read_is_refused(void **state)
{
    (void)state;
    char path[] = "/tmp/vedette-skey-XXXXXX";
    struct tlog_signer signer;
    struct problem problem;
    close(mkstemp(path));
    assert_int_equal(file_write(path, go_skey, strlen(go_skey), 0640, NULL), 0);
    assert_int_equal(tlog_signer_load(path, &signer, &problem), -1);
    assert_string_equal(problem.code, "loose-permissions");
    assert_int_equal(file_write(path, go_skey, strlen(go_skey), 0600, NULL), 0);
    assert_int_equal(tlog_signer_load(path, &signer, NULL), 0);
    assert_string_equal(signer.vkey.name, "log.example/ops");
    assert_int_equal(file_write(path, go_vkey, strlen(go_vkey), 0600, NULL), 0);
    assert_int_equal(tlog_signer_load(path, &signer, &problem), -1);
    assert_string_equal(problem.field, path);
    unlink(path);
}

static void names_are_what_the_specification_lets_them_be(void **state)
{
    (void)state;
    static const char *const good[] = { "a", "log.example/ops", "caf\xc3\xa9", "\xf0\x9f\x94\x92" };
    static const char *const bad[] = { "", "a b", "a+b", "a\nb", "a\tb", "\x7f\x80", "\xc2\xa0", "a\xe2\x80\xa8",
        "\xe3\x80\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x80", "\xff" };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(tlog_name_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(tlog_name_valid(bad[i], strlen(bad[i])));
    char name[TLOG_NAME_BYTES + 1];
    memset(name, 'n', TLOG_NAME_BYTES);
    name[TLOG_NAME_BYTES] = '\0';
    struct tlog_signer signer;
    assert_int_equal(tlog_signer_make(name, TLOG_ED25519, (const uint8_t[32]){ 1 }, &signer, NULL), -1);
    name[TLOG_NAME_BYTES - 1] = '\0';
    assert_int_equal(tlog_signer_make(name, TLOG_ED25519, (const uint8_t[32]){ 1 }, &signer, NULL), 0);
    char vkey[TLOG_VKEY_BYTES], skey[TLOG_SKEY_BYTES];
    struct tlog_vkey key;
    tlog_vkey_format(&signer.vkey, vkey);
    assert_int_equal(tlog_vkey_parse(vkey, &key, NULL), 0);
    tlog_signer_format(&signer, skey);
    assert_int_equal(tlog_signer_parse(skey, &signer, NULL), 0);
}

static void a_note_cut_off_anywhere_is_refused(void **state)
{
    (void)state;
    struct tlog_note note;
    assert_int_equal(tlog_note_parse(go_note, strlen(go_note), &note, NULL), 0);
    assert_int_equal(note.count, 1);
    assert_int_equal(note.signatures[0].id, 0xa26b9a6b);
    assert_int_equal(note.signatures[0].bytes, ED25519_SIGNATURE_BYTES);
    for (size_t length = 0; length < strlen(go_note); length++)
        assert_int_equal(tlog_note_parse(go_note, length, &note, NULL), -1);
}

static void a_note_in_another_form_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\n\n", "text\n\n", "text\n\xe2\x80\x94 n AAAAAAA=\n", /* no empty line */
        "text\n\n\xe2\x80\x94 n AAAAAAA=",                     /* no line end */
        "text\n\n\xe2\x80\x94 n AAAAAAA=\n\n",                 /* empty line behind */
        "text\n\n\xe2\x80\x94 n AAAAAAA=\nmore\n",             /* other than signatures */
        "text\n\n-- n AAAAAAA=\n",                             /* no dash */
        "text\n\n\xe2\x80\x94 n  AAAAAAA=\n",                  /* two spaces */
        "text\n\n\xe2\x80\x94 n+m AAAAAAA=\n",                 /* no name */
        "text\n\n\xe2\x80\x94  AAAAAAA=\n",                    /* no name at all */
        "text\n\n\xe2\x80\x94 n AAAAAA==\n",                   /* a key id and nothing else */
        "text\n\n\xe2\x80\x94 n AAAAAAB=\n",                   /* stray bits in base64 */
        "text\n\n\xe2\x80\x94 n AAAAAAA\n",                    /* no padding */
        "te\rxt\n\n\xe2\x80\x94 n AAAAAAA=\n",                 /* control character */
        "te\xffxt\n\n\xe2\x80\x94 n AAAAAAA=\n",               /* not UTF-8 */
    };
    struct tlog_note note = { .count = 7 };
    struct problem problem;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(tlog_note_parse(bad[i], strlen(bad[i]), &note, &problem), -1);
        assert_string_equal(problem.code, "bad-note");
        assert_int_equal(note.count, 7);
    }
    static const char good[] = "te\n\nxt\n\n\xe2\x80\x94 n AAAAAAA=\n";
    assert_int_equal(tlog_note_parse(good, strlen(good), &note, NULL), 0);
    assert_int_equal(note.text_bytes, 7);
}

static void a_note_has_its_limits(void **state)
{
    (void)state;
    struct tlog_note note;
    struct buf buf = { 0 };
    buf_text(&buf, "text\n\n");
    for (int i = 0; i < TLOG_SIGNATURES; i++)
        buf_text(&buf, "\xe2\x80\x94 n AAAAAAA=\n");
    assert_int_equal(tlog_note_parse(buf.data, buf.length, &note, NULL), 0);
    buf_text(&buf, "\xe2\x80\x94 n AAAAAAA=\n");
    assert_int_equal(tlog_note_parse(buf.data, buf.length, &note, NULL), -1);
    buf_clear(&buf);
    for (int i = 0; i < TLOG_TEXT_BYTES - 1; i++)
        buf_text(&buf, "t");
    buf_text(&buf, "\n\n\xe2\x80\x94 n AAAAAAA=\n");
    assert_int_equal(tlog_note_parse(buf.data, buf.length, &note, NULL), 0);
    assert_int_equal(note.text_bytes, TLOG_TEXT_BYTES);
    buf.data[TLOG_TEXT_BYTES - 1] = 't';
    assert_int_equal(tlog_note_parse(buf.data, buf.length, &note, NULL), -1);
    buf_free(&buf);
}

static void a_checkpoint_is_believed_only_if_signed(void **state)
{
    (void)state;
    const struct tlog_signer log = make("log.example/ops", TLOG_ED25519, 1),
                             other = make("log.example/ops", TLOG_ED25519, 2);
    const struct tlog_checkpoint said = { "log.example/ops", 70000, { 1, 2, 3 } };
    struct tlog_checkpoint checkpoint = { .size = 5 };
    struct buf buf = { 0 };
    struct problem problem;
    assert_int_equal(tlog_checkpoint_sign(&buf, &said, &log), 0);
    assert_int_equal(tlog_checkpoint_open(buf.data, buf.length, &log.vkey, &checkpoint, NULL, NULL), 0);
    assert_string_equal(checkpoint.origin, said.origin);
    assert_int_equal(checkpoint.size, said.size);
    assert_memory_equal(checkpoint.root, said.root, sizeof(said.root));
    assert_int_equal(tlog_checkpoint_open(buf.data, buf.length, &other.vkey, &checkpoint, NULL, &problem), -1);
    assert_string_equal(problem.code, "not-signed");
    checkpoint.size = 5;
    for (size_t i = 0; i < buf.length; i++) {
        for (int bit = 0; bit < 8; bit++) {
            buf.data[i] ^= (char)(1 << bit);
            assert_int_equal(tlog_checkpoint_open(buf.data, buf.length, &log.vkey, &checkpoint, NULL, NULL), -1);
            buf.data[i] ^= (char)(1 << bit);
        }
    }
    assert_int_equal(checkpoint.size, 5);
    const struct tlog_signer elsewhere = make("log.example/access", TLOG_ED25519, 1);
    assert_int_equal(tlog_checkpoint_sign(&buf, &said, &elsewhere), -1);
    buf_free(&buf);
}

/* A log must not lend its signature to another's tree, nor say two things with one key. */
static void a_checkpoint_of_another_origin_is_refused(void **state)
{
    (void)state;
    const struct tlog_signer log = make("log.example/ops", TLOG_ED25519, 1);
    static const char text[] = "log.example/access\n1\nmMl/C6MXXNCLAx3QhLncTmSbZNGijm6mlGRlAxc6tYc=\n";
    struct tlog_checkpoint checkpoint;
    struct problem problem;
    struct buf buf = { 0 };
    buf_format(&buf, "%s\n", text);
    assert_int_equal(tlog_note_sign(&buf, text, strlen(text), &log, 0), 0);
    assert_int_equal(tlog_checkpoint_open(buf.data, buf.length, &log.vkey, &checkpoint, NULL, &problem), -1);
    assert_string_equal(problem.code, "bad-origin");
    buf_free(&buf);
}

static void the_body_of_a_checkpoint_is_strict(void **state)
{
    (void)state;
#define ROOT "mMl/C6MXXNCLAx3QhLncTmSbZNGijm6mlGRlAxc6tYc="
    static const char *const good[] = { "o\n0\n" ROOT "\n", "o\n9223372036854775807\n" ROOT "\n",
        "o\n1\n" ROOT "\nan extension\nand more\n" };
    static const char *const bad[] = { "", "o\n", "o\n1\n", "o\n1\n" ROOT, "\n1\n" ROOT "\n", "o\n01\n" ROOT "\n",
        "o\n+1\n" ROOT "\n", "o\n-1\n" ROOT "\n", "o\n\n" ROOT "\n", "o\n1 \n" ROOT "\n",
        "o\n9223372036854775808\n" ROOT "\n", "o\n18446744073709551617\n" ROOT "\n", "o\n1\nAAAA\n",
        "o\n1\n" ROOT "\n\n", "o\n1\n" ROOT "\nx\n\ny\n", "o\n1\n" ROOT "\nx" };
    struct tlog_checkpoint checkpoint;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_int_equal(tlog_checkpoint_parse(good[i], strlen(good[i]), &checkpoint, NULL), 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(tlog_checkpoint_parse(bad[i], strlen(bad[i]), &checkpoint, NULL), -1);
}

static const struct tlog_checkpoint seen = { "log.example/ops", 3, { 9 } };

/* The policy of three witnesses, and a checkpoint that its log signed. */
static struct tlog_policy make_policy(struct tlog_signer witnesses[3], struct buf *checkpoint)
{
    const struct tlog_signer log = make("log.example/ops", TLOG_ED25519, 1);
    struct tlog_policy policy = { .log = log.vkey, .witness_count = 3, .quorum = 2 };
    for (uint8_t i = 0; i < 3; i++) {
        char name[32];
        snprintf(name, sizeof(name), "witness.example/w%u", i);
        witnesses[i] = make(name, TLOG_COSIGNATURE, (uint8_t)(10 + i));
        policy.witnesses[i] = witnesses[i].vkey;
    }
    assert_int_equal(tlog_checkpoint_sign(checkpoint, &seen, &log), 0);
    return policy;
}

static void cosign(struct buf *lines, const struct buf *checkpoint, const struct tlog_signer *witness, int64_t time_s)
{
    struct tlog_note note;
    assert_int_equal(tlog_note_parse(checkpoint->data, checkpoint->length, &note, NULL), 0);
    assert_int_equal(tlog_note_sign(lines, note.text, note.text_bytes, witness, time_s), 0);
}

static void a_quorum_is_of_distinct_witnesses(void **state)
{
    (void)state;
    struct tlog_signer witnesses[3], stranger = make("witness.example/x", TLOG_COSIGNATURE, 99);
    struct buf checkpoint = { 0 };
    const struct tlog_policy policy = make_policy(witnesses, &checkpoint);
    struct tlog_checkpoint opened;
    struct tlog_cosigned by;
    struct problem problem;
    cosign(&checkpoint, &checkpoint, &witnesses[2], 1700000300);
    cosign(&checkpoint, &checkpoint, &witnesses[2], 1700000200);
    cosign(&checkpoint, &checkpoint, &stranger, 1700000000);
    assert_int_equal(tlog_policy_open(checkpoint.data, checkpoint.length, &policy, &opened, &by, &problem), -1);
    assert_string_equal(problem.code, "no-quorum");
    cosign(&checkpoint, &checkpoint, &witnesses[0], 1700000100);
    assert_int_equal(tlog_policy_open(checkpoint.data, checkpoint.length, &policy, &opened, &by, &problem), 0);
    assert_int_equal(opened.size, 3);
    assert_int_equal(by.by, 5);
    assert_int_equal(by.count, 2);
    assert_int_equal(by.earliest_s, 1700000100);
    assert_int_equal(by.latest_s, 1700000300);
    buf_free(&checkpoint);
}

static void every_bit_of_a_cosignature_counts(void **state)
{
    (void)state;
    struct tlog_signer witnesses[3];
    struct buf checkpoint = { 0 };
    struct tlog_policy policy = make_policy(witnesses, &checkpoint);
    struct tlog_checkpoint opened;
    struct tlog_cosigned by;
    size_t begin = checkpoint.length;
    policy.quorum = 1;
    cosign(&checkpoint, &checkpoint, &witnesses[1], 1700000000);
    assert_int_equal(tlog_policy_open(checkpoint.data, checkpoint.length, &policy, &opened, &by, NULL), 0);
    for (size_t i = begin; i < checkpoint.length; i++) {
        for (int bit = 0; bit < 8; bit++) {
            checkpoint.data[i] ^= (char)(1 << bit);
            assert_int_equal(tlog_policy_open(checkpoint.data, checkpoint.length, &policy, &opened, &by, NULL), -1);
            checkpoint.data[i] ^= (char)(1 << bit);
        }
    }
    buf_free(&checkpoint);
}

static void a_policy_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    struct tlog_signer witnesses[3];
    struct buf checkpoint = { 0 };
    const struct tlog_policy policy = make_policy(witnesses, &checkpoint);
    assert_int_equal(tlog_policy_check(&policy, NULL), 0);
    struct tlog_policy bad = policy;
    bad.quorum = 4;
    assert_int_equal(tlog_policy_check(&bad, NULL), -1);
    bad = policy;
    strcpy(bad.witnesses[2].name, bad.witnesses[0].name);
    assert_int_equal(tlog_policy_check(&bad, NULL), -1);
    bad = policy;
    memcpy(bad.witnesses[2].public_key, bad.witnesses[0].public_key, ED25519_PUBLIC_BYTES);
    assert_int_equal(tlog_policy_check(&bad, NULL), -1);
    bad = policy;
    memcpy(bad.witnesses[2].public_key, bad.log.public_key, ED25519_PUBLIC_BYTES);
    assert_int_equal(tlog_policy_check(&bad, NULL), -1);
    bad = policy;
    bad.witnesses[1].algorithm = TLOG_ED25519;
    assert_int_equal(tlog_policy_check(&bad, NULL), -1);
    buf_free(&checkpoint);
}

static void answers_of_witnesses_are_merged(void **state)
{
    (void)state;
    struct tlog_signer witnesses[3], stranger = make("witness.example/x", TLOG_COSIGNATURE, 99);
    struct buf checkpoint = { 0 }, lines = { 0 }, first = { 0 }, merged = { 0 }, expected = { 0 };
    const struct tlog_policy policy = make_policy(witnesses, &checkpoint);
    cosign(&checkpoint, &checkpoint, &stranger, 1); /* what stands there stays */
    buf_append(&expected, checkpoint.data, checkpoint.length);

    cosign(&lines, &checkpoint, &witnesses[0], 1700000000);
    assert_int_equal(
        tlog_cosign_merge(&first, checkpoint.data, checkpoint.length, lines.data, lines.length, &policy, NULL), 0);

    buf_clear(&lines);
    cosign(&lines, &checkpoint, &stranger, 2);
    cosign(&lines, &checkpoint, &witnesses[0], 1700000060);
    cosign(&lines, &checkpoint, &witnesses[1], 1700000050);
    cosign(&lines, &checkpoint, &witnesses[1], 1700000050);
    assert_int_equal(tlog_cosign_merge(&merged, first.data, first.length, lines.data, lines.length, &policy, NULL), 0);

    cosign(&expected, &checkpoint, &witnesses[0], 1700000060);
    cosign(&expected, &checkpoint, &witnesses[1], 1700000050);
    assert_string_equal(merged.data, expected.data);
    buf_free(&checkpoint), buf_free(&lines), buf_free(&first), buf_free(&merged), buf_free(&expected);
}

static void an_answer_that_is_no_cosignature_of_this_is_not_merged(void **state)
{
    (void)state;
    struct tlog_signer witnesses[3];
    struct buf checkpoint = { 0 }, lines = { 0 }, merged = { 0 };
    const struct tlog_policy policy = make_policy(witnesses, &checkpoint);
    static const char other_text[] = "log.example/ops\n4\nmMl/C6MXXNCLAx3QhLncTmSbZNGijm6mlGRlAxc6tYc=\n";
    assert_int_equal(tlog_note_sign(&lines, other_text, strlen(other_text), &witnesses[0], 5), 0);
    assert_int_equal(
        tlog_cosign_merge(&merged, checkpoint.data, checkpoint.length, lines.data, lines.length, &policy, NULL), -1);
    static const char *const garbage[] = { "garbage", "garbage\n", "\n", "\nx\n\n\xe2\x80\x94 n AAAAAAA=\n" };
    for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
        assert_int_equal(tlog_cosign_merge(&merged, checkpoint.data, checkpoint.length, garbage[i], strlen(garbage[i]),
                             &policy, NULL),
            -1);
    }
    assert_int_equal(merged.length, 0);
    assert_int_equal(tlog_cosign_merge(&merged, checkpoint.data, checkpoint.length, "", 0, &policy, NULL), 0);
    assert_string_equal(merged.data, checkpoint.data);
    buf_free(&checkpoint), buf_free(&lines), buf_free(&merged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_of_go_is_read_and_signs_the_same),
        cmocka_unit_test(an_altered_key_is_refused),
        cmocka_unit_test(a_private_key_that_others_may_read_is_refused),
        cmocka_unit_test(names_are_what_the_specification_lets_them_be),
        cmocka_unit_test(a_note_cut_off_anywhere_is_refused),
        cmocka_unit_test(a_note_in_another_form_is_refused),
        cmocka_unit_test(a_note_has_its_limits),
        cmocka_unit_test(a_checkpoint_is_believed_only_if_signed),
        cmocka_unit_test(a_checkpoint_of_another_origin_is_refused),
        cmocka_unit_test(the_body_of_a_checkpoint_is_strict),
        cmocka_unit_test(a_quorum_is_of_distinct_witnesses),
        cmocka_unit_test(every_bit_of_a_cosignature_counts),
        cmocka_unit_test(a_policy_that_makes_no_sense_is_refused),
        cmocka_unit_test(answers_of_witnesses_are_merged),
        cmocka_unit_test(an_answer_that_is_no_cosignature_of_this_is_not_merged),
    };
    crypto_open();
    return cmocka_run_group_tests_name("tlog_note", tests, NULL, NULL);
}
