/* Segments: sealed for several, opened by each of them; and each changed byte is noticed. */
#include "tests/unit/unit.h"

#include "lib/problem.h"
#include "lib/repository/frame.h"
#include "lib/repository/segment.h"
#include "tests/key_rig.h"

#define OWNER "00112233"

static const struct context context = { 7, "0123456789abcdef0123456789abcdef", 'C' };

/* The object, where its frame is, and the mark of its content key. */
static void make_marked(const struct envelope_key *const *keys, size_t n, struct buf *ret,
    uint8_t sha256[SHA256_BYTES], uint32_t *ret_offset, uint8_t mark[BULK_MARK_BYTES])
{
    struct segment segment;
    struct sealed sealed;
    struct problem problem;
    struct packer *packer = packer_make();
    uint8_t frame[256];
    size_t bytes = frame_pack(packer, FRAME_CHECKED, "content content content", 23, frame, sizeof(frame));
    assert_int_equal(segment_make(&segment, 4096), 0);
    segment_begin(&segment, &context);
    assert_true(segment_is_empty(&segment));
    assert_int_equal(segment_add(&segment, frame, bytes, ret_offset), 0);
    assert_int_equal(segment_seal(&segment, &(struct sealing){ keys, n, OWNER }, &sealed, &problem), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(buf_append(ret, sealed.parts[i].iov_base, sealed.parts[i].iov_len), 0);
    assert_int_equal(ret->length, sealed.bytes);
    memcpy(sha256, sealed.sha256, SHA256_BYTES);
    memcpy(mark, sealed.bulk.mark, BULK_MARK_BYTES);
    sealed_free(&sealed);
    segment_free(&segment);
    packer_free(packer);
}

static void make(const struct envelope_key *const *keys, size_t n, struct buf *ret, uint8_t sha256[SHA256_BYTES],
    uint32_t *ret_offset)
{
    uint8_t mark[BULK_MARK_BYTES];
    make_marked(keys, n, ret, sha256, ret_offset, mark);
}

static int open_copy(
    const struct envelope_key *own, const struct buf *object, const uint8_t *sha256, char *ret_content, uint32_t offset)
{
    uint8_t copy[8192];
    struct segment_plain plain;
    size_t frame, content;
    assert_true(object->length <= sizeof(copy));
    memcpy(copy, object->data, object->length);
    if (segment_open(&(struct bulk_opener){ .own = own }, copy, object->length,
            &(struct segment_wanted){ sha256, 7, 'C' }, &plain, NULL))
        return -1;
    assert_int_equal(plain.first, offset);
    assert_int_equal(frame_measure(plain.data + offset, plain.bytes - offset, &frame, &content, NULL), 0);
    assert_int_equal(frame, plain.bytes - offset);
    struct unpacker *unpacker = unpacker_make();
    assert_int_equal(frame_unpack(unpacker, plain.data + offset, frame, ret_content, content, NULL), 0);
    unpacker_free(unpacker);
    return 0;
}

static void opens_for_each_recipient(void **state)
{
    (void)state;
    struct envelope_key *one = rig_key(ENVELOPE_KEY_P256), *two = rig_key(ENVELOPE_KEY_RSA3072),
                        *three = rig_key(ENVELOPE_KEY_P256);
    const struct envelope_key *keys[] = { one, two };
    struct buf object = { 0 };
    uint8_t sha256[SHA256_BYTES];
    uint32_t offset;
    char content[64] = "";
    make(keys, 2, &object, sha256, &offset);
    assert_int_equal(open_copy(one, &object, sha256, content, offset), 0);
    assert_string_equal(content, "content content content");
    assert_int_equal(open_copy(two, &object, sha256, content, offset), 0);
    assert_int_equal(open_copy(three, &object, sha256, content, offset), -1);
    buf_free(&object);
    envelope_key_free(one);
    envelope_key_free(two);
    envelope_key_free(three);
}

/* By the name; and without it, too: whatever opens has the content that was sealed. */
static void notices_each_changed_byte(void **state)
{
    (void)state;
    struct envelope_key *own = rig_key(ENVELOPE_KEY_P256);
    const struct envelope_key *keys[] = { own };
    const struct bulk_opener opener = { .own = own };
    struct buf object = { 0 };
    uint8_t sha256[SHA256_BYTES], copy[8192];
    uint32_t offset;
    char content[64];
    void *plain;
    size_t bytes;
    make(keys, 1, &object, sha256, &offset);
    memcpy(copy, object.data, object.length);
    assert_int_equal(envelope_bulk_open(&opener, copy, object.length, &plain, &bytes, NULL), 0);
    uint8_t expected[4096];
    memcpy(expected, plain, bytes);
    for (size_t i = 0; i < object.length; i++) {
        size_t found;
        object.data[i] ^= 1;
        assert_int_equal(open_copy(own, &object, sha256, content, offset), -1);
        memcpy(copy, object.data, object.length);
        if (!envelope_bulk_open(&opener, copy, object.length, &plain, &found, NULL)) {
            assert_int_equal(found, bytes);
            assert_memory_equal(plain, expected, bytes);
        }
        object.data[i] ^= 1;
    }
    for (size_t length = 0; length < object.length; length++) {
        memcpy(copy, object.data, length);
        assert_int_equal(envelope_bulk_open(&opener, copy, length, &plain, &bytes, NULL), -1);
    }
    buf_free(&object);
    envelope_key_free(own);
}

static int open_marked(
    const struct envelope_key *own, const struct buf *object, const uint8_t mark[BULK_MARK_BYTES], const char *owner)
{
    const struct bulk_opener opener = { .own = own, .mark = mark, .owner = owner };
    const struct segment_wanted wanted = { .agent = 7, .kind = 'C' };
    uint8_t copy[8192];
    struct segment_plain plain;
    struct problem problem;
    memcpy(copy, object->data, object->length);
    int error = segment_open(&opener, copy, object->length, &wanted, &plain, &problem);
    if (error)
        assert_string_equal(problem.code, "bad-segment");
    return error;
}

/* Anybody can seal for the owner, but not with the content key whose mark was signed. */
static void a_mark_says_which_it_is(void **state)
{
    (void)state;
    struct envelope_key *own = rig_key(ENVELOPE_KEY_P256);
    const struct envelope_key *keys[] = { own };
    struct buf object = { 0 }, forged = { 0 };
    uint8_t sha256[SHA256_BYTES], mark[BULK_MARK_BYTES], other[BULK_MARK_BYTES];
    uint32_t offset;
    make_marked(keys, 1, &object, sha256, &offset, mark);
    make_marked(keys, 1, &forged, sha256, &offset, other);
    assert_int_equal(open_marked(own, &object, mark, OWNER), 0);
    assert_int_equal(open_marked(own, &forged, mark, OWNER), -1);
    assert_int_equal(open_marked(own, &object, mark, "44556677"), -1);
    for (size_t i = 1; i <= 16 + strlen("content content content"); i++) { /* the tag, and content before it */
        object.data[object.length - i] ^= 1;
        assert_int_equal(open_marked(own, &object, mark, OWNER), -1);
        object.data[object.length - i] ^= 1;
    }
    buf_free(&object);
    buf_free(&forged);
    envelope_key_free(own);
}

static void contexts_have_one_form(void **state)
{
    (void)state;
    uint8_t text[CONTEXT_BYTES_MAX];
    struct context found;
    size_t bytes = context_write(&context, text), again;
    assert_int_equal(context_read(text, bytes, &found, &again), 0);
    assert_int_equal(again, bytes);
    assert_int_equal(found.agent, 7);
    assert_string_equal(found.backup, context.backup);
    for (size_t length = 0; length < bytes; length++)
        assert_int_equal(context_read(text, length, &found, &again), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_for_each_recipient),
        cmocka_unit_test(notices_each_changed_byte),
        cmocka_unit_test(a_mark_says_which_it_is),
        cmocka_unit_test(contexts_have_one_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
