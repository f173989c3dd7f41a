/* Commits: what is written is read; and nothing else is. */
#include "tests/unit/unit.h"

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/problem.h"
#include "lib/repository/commit.h"
#include "tests/key_rig.h"

#define BACKUP "0123456789abcdef0123456789abcdef"

static struct commit_segment segments[] = {
    { SEGMENT_CHUNKS, { 1, 2, 3 }, 16777216, 16000000, false, { 0 } },
    { SEGMENT_TREE, { 4, 5, 6 }, 900, 0, true, { 0xab, 0xcd } },
};

static struct commit sample(void)
{
    return (struct commit){ .deployment = "00112233445566778899aabbccddeeff",
        .agent = 7,
        .backup = BACKUP,
        .class = BACKUP_CLASS_DIFFERENTIAL,
        .slot = 20000,
        .kept_until = 20028,
        .zone = "Europe/Oslo",
        .base = "ffffffffffffffffffffffffffffffff",
        .has_previous = true,
        .previous = { 9 },
        .began_ms = 1700000000000,
        .ended_ms = 1700000001000,
        .manifest = { 8 },
        .manifest_bytes = 700,
        .manifest_marked = true,
        .manifest_mark = { 0xef },
        .files = 3,
        .content_bytes = 1234567890123,
        .n_segments = 2,
        .segments = segments };
}

static void reads_what_it_wrote(void **state)
{
    (void)state;
    struct commit commit = sample(), back;
    struct buf object = { 0 };
    struct problem problem;
    char signer[FINGERPRINT_HEX_BYTES];
    struct envelope_key *own = rig_key(ENVELOPE_KEY_P256);
    assert_int_equal(commit_sign(&commit, own, &object, &problem), 0);
    assert_int_equal(commit_open(object.data, object.length, 7, BACKUP, &back, signer, &problem), 0);
    assert_string_equal(signer, envelope_key_fingerprint(own));
    assert_string_equal(back.base, commit.base);
    assert_string_equal(back.zone, commit.zone);
    assert_memory_equal(back.previous, commit.previous, SHA256_BYTES);
    assert_int_equal(back.class, commit.class);
    assert_int_equal(back.kept_until, 20028);
    assert_int_equal(back.content_bytes, commit.content_bytes);
    assert_int_equal(back.n_segments, 2);
    assert_memory_equal(back.segments[1].sha256, segments[1].sha256, SHA256_BYTES);
    assert_int_equal(back.segments[0].live_bytes, 16000000);
    assert_false(back.segments[0].marked);
    assert_true(back.segments[1].marked && back.manifest_marked);
    assert_memory_equal(back.segments[1].mark, segments[1].mark, BULK_MARK_BYTES);
    assert_memory_equal(back.manifest_mark, commit.manifest_mark, BULK_MARK_BYTES);
    commit_free(&back);
    assert_int_equal(commit_open(object.data, object.length, 8, BACKUP, &back, signer, &problem), -1);
    assert_string_equal(problem.code, "bad-commit");
    buf_free(&object);
    envelope_key_free(own);
}

/* A certificate's own bytes are not what is signed, but its key is, and by that the signer is known. */
static void notices_each_changed_byte(void **state)
{
    (void)state;
    struct commit commit = sample(), back;
    struct buf object = { 0 };
    char signer[FINGERPRINT_HEX_BYTES];
    struct envelope_key *own = rig_key(ENVELOPE_KEY_P256);
    assert_int_equal(commit_sign(&commit, own, &object, NULL), 0);
    for (size_t i = 0; i < object.length; i++) {
        object.data[i] ^= 0x20;
        if (!commit_open(object.data, object.length, 7, BACKUP, &back, signer, NULL)) {
            assert_string_equal(signer, envelope_key_fingerprint(own));
            assert_int_equal(back.manifest_bytes, 700);
            commit_free(&back);
        }
        object.data[i] ^= 0x20;
    }
    buf_free(&object);
    envelope_key_free(own);
}

static void refuses_what_is_not_exactly_so(void **state)
{
    (void)state;
    struct commit commit = sample(), back;
    struct buf text = { 0 };
    assert_int_equal(commit_text(&commit, &text), 0);
    for (size_t length = 0; length < text.length; length++)
        assert_int_equal(commit_parse(text.data, length, &back, NULL), -1);
    assert_int_equal(buf_text(&text, "C"), 0);
    assert_int_equal(commit_parse(text.data, text.length, &back, NULL), -1);
    buf_free(&text);
}

static void names_have_one_form(void **state)
{
    (void)state;
    const uint8_t sha256[SHA256_BYTES] = { 0xab, 0xcd };
    char name[OBJECT_NAME_BYTES];
    struct object_name found;
    name_segment(name, 4294967294, sha256);
    assert_int_equal(name_parse(name, &found), 0);
    assert_int_equal(found.object, OBJECT_SEGMENT);
    assert_int_equal(found.agent, 4294967294);
    assert_memory_equal(found.sha256, sha256, SHA256_BYTES);
    name_of_backup(name, 7, OBJECT_COMMIT, BACKUP);
    assert_int_equal(name_parse(name, &found), 0);
    assert_int_equal(found.object, OBJECT_COMMIT);
    assert_string_equal(found.backup, BACKUP);
    static const char *const bad[] = { "", "vedette1/07/c/" BACKUP ".p7s", "vedette1/7/c/" BACKUP ".p7m",
        "vedette1/7/c/" BACKUP ".p7s.part", "vedette1/7/c/0123.p7s", "vedette1/7/m/../c/" BACKUP ".p7s",
        "vedette1/7/c/0123456789ABCDEF0123456789abcdef.p7s", "vedette2/7/c/" BACKUP ".p7s",
        "vedette1/99999999999/c/" BACKUP ".p7s" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(name_parse(bad[i], &found), -1);
}

int main(void)
{
    crypto_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_wrote),
        cmocka_unit_test(notices_each_changed_byte),
        cmocka_unit_test(refuses_what_is_not_exactly_so),
        cmocka_unit_test(names_have_one_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
