/* Increments and their changes: what is written is read; and nothing else is. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/buf.h"
#include "lib/problem.h"
#include "lib/repository/changes.h"
#include "lib/repository/increment.h"
#include "tests/key_rig.h"

#define BACKUP "0123456789abcdef0123456789abcdef"
#define OTHER "ffffffffffffffffffffffffffffffff"

static void changes_are_read_as_written(void **state)
{
    (void)state;
    const struct change all[] = {
        { CHANGE_WRITE, "ingest/ingest.db", 8192, (const uint8_t *)"page", 4 },
        { CHANGE_SIZE, "ingest/ingest.db", 12288, NULL, 0 },
        { CHANGE_REMOVE, "ingest/files/a", 0, NULL, 0 },
    };
    struct buf out = { 0 };
    struct change back;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(change_add(&out, &all[i]), 0);
    const uint8_t *at = (const uint8_t *)out.data, *end = at + out.length;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(change_read(&at, end, &back), 0);
        assert_int_equal(back.kind, all[i].kind);
        assert_string_equal(back.path, all[i].path);
        assert_int_equal(back.at, all[i].at);
        assert_int_equal(back.bytes, all[i].bytes);
    }
    assert_ptr_equal(at, end);
    assert_memory_equal(all[0].data, "page", 4);
    for (size_t cut = 1; cut < out.length; cut++) { /* of a torn one nothing is taken */
        const uint8_t *from = (const uint8_t *)out.data;
        while (from < (const uint8_t *)out.data + cut && !change_read(&from, (const uint8_t *)out.data + cut, &back))
            ;
        assert_true(from <= (const uint8_t *)out.data + cut);
    }
    buf_free(&out);
}

static void no_path_leads_out(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "/etc/passwd", "..", "a/../b", "a//b", "a/", "./a", "a/." };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct change change = { .kind = CHANGE_REMOVE }, back;
        struct buf out = { 0 };
        strcpy(change.path, bad[i]);
        assert_int_equal(change_add(&out, &change), 0);
        const uint8_t *at = (const uint8_t *)out.data;
        assert_int_equal(change_read(&at, at + out.length, &back), -1);
        buf_free(&out);
    }
}

struct made {
    struct envelope_key *sign, *recovery;
    struct buf object;
};

static void make(struct made *made, const struct increment *increment, const void *changes, size_t bytes)
{
    struct segment segment;
    struct sealed sealed;
    struct problem problem;
    made->sign = rig_key(ENVELOPE_KEY_P256);
    made->recovery = rig_key(ENVELOPE_KEY_P256);
    made->object = (struct buf){ 0 };
    const struct envelope_key *recipients[] = { made->recovery };
    assert_int_equal(
        increment_seal(increment, changes, bytes, made->sign,
            &(struct sealing){ recipients, 1, envelope_key_fingerprint(made->sign) }, &segment, &sealed, &problem),
        0);
    for (size_t i = 0; i < 3; i++)
        buf_append(&made->object, sealed.parts[i].iov_base, sealed.parts[i].iov_len);
    sealed_free(&sealed);
    segment_free(&segment);
}

static void drop(struct made *made)
{
    envelope_key_free(made->sign);
    envelope_key_free(made->recovery);
    buf_free(&made->object);
}

/* Opening spoils the object, so each time with a copy. */
static int open_copy(
    const struct made *made, const char *backup, uint32_t number, struct increment *ret, struct buf *changes)
{
    struct buf copy = { 0 };
    char signer[FINGERPRINT_HEX_BYTES];
    struct problem problem;
    buf_append(&copy, made->object.data, made->object.length);
    *ret = (struct increment){ .agent = 7, .number = number };
    snprintf(ret->backup, sizeof(ret->backup), "%s", backup);
    int error = increment_open(made->recovery, copy.data, copy.length, ret, changes, signer, &problem);
    if (!error)
        assert_string_equal(signer, envelope_key_fingerprint(made->sign));
    buf_free(&copy);
    return error;
}

static void an_increment_is_what_was_signed(void **state)
{
    (void)state;
    struct increment increment = {
        .agent = 7, .backup = BACKUP, .number = 5, .time_ms = 1700000000000, .whole = true, .previous = { 9 }
    };
    struct increment back;
    struct buf changes = { 0 };
    struct made made;
    make(&made, &increment, "some changes", 12);
    assert_int_equal(open_copy(&made, BACKUP, 5, &back, &changes), 0);
    assert_int_equal(back.time_ms, increment.time_ms);
    assert_true(back.whole);
    assert_memory_equal(back.previous, increment.previous, SHA256_BYTES);
    assert_int_equal(changes.length, 12);
    assert_memory_equal(changes.data, "some changes", 12);
    assert_int_equal(open_copy(&made, BACKUP, 6, &back, &changes), -1);
    assert_int_equal(open_copy(&made, OTHER, 5, &back, &changes), -1);
    for (size_t i = 0; i < made.object.length; i += 17) { /* what of CMS means nothing may be another; nothing else */
        made.object.data[i] ^= 1;
        buf_clear(&changes);
        if (!open_copy(&made, BACKUP, 5, &back, &changes))
            assert_string_equal(changes.data, "some changes");
        made.object.data[i] ^= 1;
    }
    drop(&made);
    buf_free(&changes);
}

static void an_increment_has_room_for_what_it_may_hold(void **state)
{
    (void)state;
    struct increment increment = { .agent = 7, .backup = BACKUP, .number = 1 };
    struct buf changes = { .limit_bytes = 2 * INCREMENT_CHANGES_MAX };
    struct made made;
    struct increment back;
    uint8_t *noise = malloc(INCREMENT_CHANGES_MAX);
    crypto_random(noise, INCREMENT_CHANGES_MAX);
    make(&made, &increment, noise, INCREMENT_CHANGES_MAX);
    assert_true(made.object.length <= (16u << 20) + (1u << 16));
    assert_int_equal(open_copy(&made, BACKUP, 1, &back, &changes), 0);
    assert_int_equal(changes.length, INCREMENT_CHANGES_MAX);
    assert_memory_equal(changes.data, noise, INCREMENT_CHANGES_MAX);
    free(noise);
    buf_free(&changes);
    drop(&made);
}

static void names_are_read_as_written(void **state)
{
    (void)state;
    char name[OBJECT_NAME_BYTES];
    struct object_name found;
    name_increment(name, 4294967041u, BACKUP, 4711, (const uint8_t[INCREMENT_HASH_BYTES]){ 1, 2, 3 });
    assert_string_equal(
        name, "vedette1/4294967041/i/" BACKUP "-00001267-010203000000000000000000.p7m");
    assert_int_equal(name_parse(name, &found), 0);
    assert_int_equal(found.object, OBJECT_INCREMENT);
    assert_int_equal(found.number, 4711);
    assert_string_equal(found.backup, BACKUP);
    assert_int_equal(name_parse("vedette1/7/i/" BACKUP "-1267-010203000000000000000000.p7m", &found), -1);
    assert_int_equal(name_parse("vedette1/7/i/" BACKUP "-00001267-0102.p7m", &found), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_read_as_written),
        cmocka_unit_test(no_path_leads_out),
        cmocka_unit_test(an_increment_is_what_was_signed),
        cmocka_unit_test(an_increment_has_room_for_what_it_may_hold),
        cmocka_unit_test(names_are_read_as_written),
    };
    crypto_open();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
