#include "lib/tlog/receipt.h"

#include "tests/unit/lib/tlog_rig.h"

#define SIZE 300
#define INDEX 257

struct fixture {
    struct tlog_policy policy;
    struct buf receipt;
    char entry[64];
    size_t entry_bytes;
};

static struct tlog_signer make(const char *name, enum tlog_algorithm algorithm, uint8_t first)
{
    const uint8_t seed[ED25519_SEED_BYTES] = { first };
    struct tlog_signer signer;
    assert_int_equal(tlog_signer_make(name, algorithm, seed, &signer, NULL), 0);
    return signer;
}

/* A receipt of one entry under a checkpoint with one witness. */
static int set_up(void **state)
{
    static struct fixture fixture;
    const struct tlog_signer log = make("log.example/ops", TLOG_ED25519, 1);
    const struct tlog_signer witness = make("witness.example/w", TLOG_COSIGNATURE, 2);
    struct tlog_checkpoint checkpoint = { "log.example/ops", SIZE, { 0 } };
    struct tlog_receipt receipt = { .index = INDEX };
    struct tlog_note note;
    struct buf signed_one = { 0 };
    struct rig *rig = rig_new(SIZE);
    memset(&fixture, 0, sizeof(fixture));
    tlog_root(&rig->edge.tree, checkpoint.root);
    assert_int_equal(tlog_checkpoint_sign(&signed_one, &checkpoint, &log), 0);
    assert_int_equal(tlog_note_parse(signed_one.data, signed_one.length, &note, NULL), 0);
    assert_int_equal(tlog_note_sign(&signed_one, note.text, note.text_bytes, &witness, 1700000000), 0);
    assert_int_equal(tlog_prove_inclusion(&rig->source, INDEX, SIZE, &receipt.proof, NULL), 0);
    receipt.checkpoint = signed_one.data;
    receipt.checkpoint_bytes = signed_one.length;
    assert_int_equal(tlog_receipt_format(&fixture.receipt, &receipt), 0);
    fixture.policy =
        (struct tlog_policy){ .log = log.vkey, .witnesses = { witness.vkey }, .witness_count = 1, .quorum = 1 };
    fixture.entry_bytes = rig_entry(INDEX, fixture.entry);
    buf_free(&signed_one);
    rig_free(rig);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    buf_free(&fixture->receipt);
    return 0;
}

static int verify(
    const struct fixture *fixture, const char *text, size_t bytes, struct tlog_held *held, struct problem *problem)
{
    return tlog_receipt_verify(text, bytes, fixture->entry, fixture->entry_bytes, &fixture->policy, held, problem);
}

static void a_receipt_says_what_holds_and_since_when(void **state)
{
    const struct fixture *fixture = *state;
    struct tlog_held held;
    assert_int_equal(verify(fixture, fixture->receipt.data, fixture->receipt.length, &held, NULL), 0);
    assert_int_equal(held.index, INDEX);
    assert_int_equal(held.checkpoint.size, SIZE);
    assert_string_equal(held.checkpoint.origin, "log.example/ops");
    assert_int_equal(held.cosigned.by, 1);
    assert_int_equal(held.cosigned.earliest_s, 1700000000);
    assert_memory_equal(fixture->receipt.data, "c2sp.org/tlog-proof@v1\nindex 257\n", 33);
}

static void another_entry_does_not_hold(void **state)
{
    struct fixture *fixture = *state;
    struct tlog_held held = { .index = 5 };
    struct problem problem;
    fixture->entry[0] ^= 1;
    assert_int_equal(verify(fixture, fixture->receipt.data, fixture->receipt.length, &held, &problem), -1);
    assert_string_equal(problem.code, "not-included");
    assert_int_equal(held.index, 5);
}

static void every_bit_of_a_receipt_counts(void **state)
{
    struct fixture *fixture = *state;
    struct tlog_held held;
    char *text = fixture->receipt.data;
    for (size_t i = 0; i < fixture->receipt.length; i++) {
        for (int bit = 0; bit < 8; bit++) {
            text[i] ^= (char)(1 << bit);
            assert_int_equal(verify(fixture, text, fixture->receipt.length, &held, NULL), -1);
            text[i] ^= (char)(1 << bit);
        }
    }
    for (size_t length = 0; length < fixture->receipt.length; length++)
        assert_int_equal(verify(fixture, text, length, &held, NULL), -1);
    assert_int_equal(verify(fixture, text, fixture->receipt.length, &held, NULL), 0);
}

static void without_the_quorum_it_does_not_count(void **state)
{
    struct fixture *fixture = *state;
    struct tlog_held held;
    struct problem problem;
    strcpy(fixture->policy.witnesses[0].name, "witness.example/v");
    assert_int_equal(verify(fixture, fixture->receipt.data, fixture->receipt.length, &held, &problem), -1);
    assert_string_equal(problem.code, "no-quorum");
    fixture->policy.quorum = 0;
    assert_int_equal(verify(fixture, fixture->receipt.data, fixture->receipt.length, &held, &problem), 0);
    assert_int_equal(held.cosigned.count, 0);
}

/* In a receipt that holds, put other text in the place of some. */
static int verify_with(const struct fixture *fixture, const char *old, const char *new)
{
    struct tlog_held held;
    struct buf text = { 0 };
    const char *at = strstr(fixture->receipt.data, old);
    assert_non_null(at);
    buf_append(&text, fixture->receipt.data, (size_t)(at - fixture->receipt.data));
    buf_text(&text, new);
    buf_text(&text, at + strlen(old));
    int error = verify(fixture, text.data, text.length, &held, NULL);
    buf_free(&text);
    return error;
}

static void only_the_form_of_the_specification_is_taken(void **state)
{
    const struct fixture *fixture = *state;
    assert_int_equal(verify_with(fixture, "\nindex", "\nextra ZXh0cmE=\nindex"), 0);
    assert_int_equal(verify_with(fixture, "\nindex", "\nextra \nindex"), 0);
    static const char *const bad[][2] = {
        { "@v1\n", "@v2\n" },
        { "@v1\n", "@v1 \n" },
        { "@v1\n", "@v1\r\n" },
        { "index 257", "index 0257" },
        { "index 257", "index +257" },
        { "index 257", "index  257" },
        { "index 257", "Index 257" },
        { "\nindex", "\n\nindex" },
        { "\nindex", "\nextra ZXh0cmE\nindex" },
        { "\nindex", "\nextra ZXh0cmE=\nextra ZXh0cmE=\nindex" },
        { "index 257\n", "index 257\nextra ZXh0cmE=\n" },
        { "index 257\n", "index 257\nAAAA\n" },
        { "\n\nlog", "\nlog" },
        { "\n\nlog", "\n\n\nlog" },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(verify_with(fixture, bad[i][0], bad[i][1]), -1);
}

static void a_proof_has_at_most_64_hashes(void **state)
{
    (void)state;
    static const char hash[] = "mMl/C6MXXNCLAx3QhLncTmSbZNGijm6mlGRlAxc6tYc=\n";
    struct tlog_receipt receipt;
    struct buf text = { 0 };
    for (int most = TLOG_PROOF_HASHES; most <= TLOG_PROOF_HASHES + 1; most++) {
        buf_clear(&text);
        buf_text(&text, "c2sp.org/tlog-proof@v1\nindex 0\n");
        for (int i = 0; i < most; i++)
            buf_text(&text, hash);
        buf_text(&text, "\ncheckpoint");
        assert_int_equal(tlog_receipt_parse(text.data, text.length, &receipt, NULL), most > TLOG_PROOF_HASHES ? -1 : 0);
    }
    assert_int_equal(receipt.proof.count, TLOG_PROOF_HASHES);
    assert_int_equal(receipt.checkpoint_bytes, 10);
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_receipt_says_what_holds_and_since_when, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_entry_does_not_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_bit_of_a_receipt_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_the_quorum_it_does_not_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_form_of_the_specification_is_taken, set_up, tear_down),
        cmocka_unit_test(a_proof_has_at_most_64_hashes),
    };
    crypto_open();
    return cmocka_run_group_tests_name("tlog_receipt", tests, NULL, NULL);
}
