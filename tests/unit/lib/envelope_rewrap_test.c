/* Content keys apart from their objects: wrapped for another, they open it; the mark shows whose they are. */
#include "tests/unit/unit.h"

#include "lib/envelope/bulk.h"
#include "lib/problem.h"
#include "tests/key_rig.h"

#define OWNER "00112233"

struct rig {
    struct envelope_key *recovery, *service, *agent, *stranger;
    struct buf object;
    uint8_t mark[BULK_MARK_BYTES];
};

static void seal(const struct rig *rig, const char *owner, const char *text, struct buf *ret, uint8_t *ret_mark)
{
    const struct envelope_key *recipients[] = { rig->recovery, rig->service };
    struct bulk_sealed sealed = { 0 };
    char content[64];
    strcpy(content, text);
    assert_int_equal(envelope_bulk_seal(recipients, 2, owner, content, strlen(text), &sealed, NULL), 0);
    buf_append(ret, sealed.head.data, sealed.head.length);
    buf_append(ret, content, strlen(text));
    buf_append(ret, sealed.tail, sizeof(sealed.tail));
    memcpy(ret_mark, sealed.mark, BULK_MARK_BYTES);
    buf_free(&sealed.head);
}

static void rig_make(struct rig *rig, enum envelope_key_type service)
{
    *rig = (struct rig){ .recovery = rig_key(ENVELOPE_KEY_P256),
        .service = rig_key(service),
        .agent = rig_key(ENVELOPE_KEY_P256),
        .stranger = rig_key(ENVELOPE_KEY_P256) };
    seal(rig, OWNER, "what nobody else may read", &rig->object, rig->mark);
}

static void rig_free(struct rig *rig)
{
    envelope_key_free(rig->recovery);
    envelope_key_free(rig->service);
    envelope_key_free(rig->agent);
    envelope_key_free(rig->stranger);
    buf_free(&rig->object);
}

static int rewrap(const struct rig *rig, const struct buf *object, const char *owner, struct buf *ret, uint8_t *ret_mark,
    struct problem *problem)
{
    const void *recipients;
    size_t bytes;
    assert_int_equal(envelope_bulk_recipients(object->data, object->length, &recipients, &bytes, NULL), 0);
    return envelope_bulk_rewrap(
        &(struct bulk_opener){ rig->service, recipients, bytes }, owner, rig->agent, ret, ret_mark, problem);
}

static int opens(const struct envelope_key *own, const struct buf *object, const struct buf *wrapped)
{
    const struct bulk_opener opener = { own, wrapped->data, wrapped->length };
    uint8_t copy[8192];
    void *content;
    size_t bytes;
    memcpy(copy, object->data, object->length);
    if (envelope_bulk_open(&opener, copy, object->length, &content, &bytes, NULL))
        return -1;
    assert_int_equal(bytes, 25);
    assert_memory_equal(content, "what nobody else may read", bytes);
    return 0;
}

static void opens_for_the_other_alone(void **state)
{
    (void)state;
    for (int type = ENVELOPE_KEY_P256; type <= ENVELOPE_KEY_RSA3072; type++) {
        struct rig rig;
        struct buf wrapped = { 0 };
        uint8_t mark[BULK_MARK_BYTES];
        rig_make(&rig, (enum envelope_key_type)type);
        assert_int_equal(rewrap(&rig, &rig.object, OWNER, &wrapped, mark, NULL), 0);
        assert_memory_equal(mark, rig.mark, sizeof(mark));
        assert_int_equal(opens(rig.agent, &rig.object, &wrapped), 0);
        assert_int_equal(opens(rig.stranger, &rig.object, &wrapped), -1);
        assert_int_equal(opens(rig.service, &rig.object, &wrapped), -1);
        assert_true(wrapped.length < 512); /* and nothing of the others came along */
        buf_free(&wrapped);
        rig_free(&rig);
    }
}

static void marks_tell_owners_and_objects_apart(void **state)
{
    (void)state;
    struct rig rig;
    struct buf wrapped = { 0 }, other = { 0 };
    uint8_t mark[BULK_MARK_BYTES], others[BULK_MARK_BYTES];
    rig_make(&rig, ENVELOPE_KEY_P256);
    seal(&rig, OWNER, "what nobody else may read", &other, others);
    assert_memory_not_equal(others, rig.mark, sizeof(mark));
    assert_int_equal(rewrap(&rig, &rig.object, "44556677", &wrapped, mark, NULL), 0);
    assert_memory_not_equal(mark, rig.mark, sizeof(mark));
    buf_clear(&wrapped);
    assert_int_equal(rewrap(&rig, &other, OWNER, &wrapped, mark, NULL), 0);
    assert_memory_not_equal(mark, rig.mark, sizeof(mark));
    assert_int_equal(opens(rig.agent, &rig.object, &wrapped), -1);
    buf_free(&wrapped);
    buf_free(&other);
    rig_free(&rig);
}

/* Whatever is changed, it is refused or the key is the same; cut off it is refused. */
static void takes_nothing_else(void **state)
{
    (void)state;
    struct rig rig;
    struct problem problem;
    struct buf wrapped = { 0 };
    uint8_t mark[BULK_MARK_BYTES], copy[1024];
    const void *recipients;
    size_t bytes;
    rig_make(&rig, ENVELOPE_KEY_P256);
    assert_int_equal(envelope_bulk_recipients(rig.object.data, rig.object.length, &recipients, &bytes, NULL), 0);
    memcpy(copy, recipients, bytes);
    for (size_t i = 0; i < bytes; i++) {
        copy[i] ^= 1;
        buf_clear(&wrapped);
        if (!envelope_bulk_rewrap(
                &(struct bulk_opener){ rig.service, copy, bytes }, OWNER, rig.agent, &wrapped, mark, &problem))
            assert_memory_equal(mark, rig.mark, sizeof(mark));
        copy[i] ^= 1;
    }
    for (size_t length = 0; length < bytes; length++)
        assert_int_equal(envelope_bulk_rewrap(&(struct bulk_opener){ rig.service, copy, length }, OWNER, rig.agent,
                             &wrapped, mark, &problem),
            -1);
    assert_int_equal(envelope_bulk_rewrap(&(struct bulk_opener){ rig.stranger, copy, bytes }, OWNER, rig.agent,
                         &wrapped, mark, &problem),
        -1);
    assert_string_equal(problem.code, "wrong-recipient");
    for (size_t length = 0; length < bytes; length++)
        assert_int_equal(envelope_bulk_recipients(rig.object.data, length, &recipients, &bytes, NULL), -1);
    buf_free(&wrapped);
    rig_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_for_the_other_alone),
        cmocka_unit_test(marks_tell_owners_and_objects_apart),
        cmocka_unit_test(takes_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
