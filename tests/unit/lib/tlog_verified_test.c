#include "lib/tlog/verified.h"

#include "tests/unit/lib/tlog_rig.h"

static struct tlog_verified *verified_of(const struct rig *rig)
{
    uint8_t root[TLOG_HASH_BYTES];
    tlog_root(&rig->edge.tree, root);
    return tlog_verified_new(&rig->source, root, NULL);
}

static int read_one(
    struct tlog_verified *verified, int level, uint64_t number, size_t *ret_bytes, struct problem *problem)
{
    struct tlog_source source = tlog_verified_source(verified);
    const struct tlog_tile tile = { level, tlog_tile_width(source.size, level, number), number };
    const uint8_t *data;
    return source.read(source.arg, &tile, &data, ret_bytes, problem);
}

static void all_of_a_sound_log_is_handed_out(void **state)
{
    (void)state;
    static const uint64_t sizes[] = { 0, 1, 255, 256, 257, 65535, 65536, 65537, RIG_MOST };
    struct rig *rig = rig_new(0);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        rig_grow(rig, sizes[i]);
        struct tlog_verified *verified = verified_of(rig);
        assert_non_null(verified);
        for (int level = TLOG_BUNDLE; level < 3; level++) {
            for (uint64_t n = 0; n < tlog_tile_count(rig->size, level); n++) {
                size_t bytes;
                assert_int_equal(read_one(verified, level, n, &bytes, NULL), 0);
                assert_int_equal(bytes, rig->files[level + 1][n].length);
            }
        }
        tlog_verified_free(verified);
    }
    rig_free(rig);
}

/* Read in any order, a changed tile or bundle is never handed out, and a changed edge is no log. */
static void what_was_changed_is_refused(void **state)
{
    (void)state;
    struct rig *rig = rig_new(RIG_MOST);
    for (int level = TLOG_BUNDLE; level < 3; level++) {
        uint64_t count = tlog_tile_count(rig->size, level);
        for (uint64_t n = 0; n < count; n += 1 + count / 5) {
            struct buf *file = &rig->files[level + 1][n];
            struct problem problem;
            size_t bytes;
            file->data[file->length / 2] ^= 1;
            struct tlog_verified *verified = verified_of(rig);
            bool edge = level >= 0 && tlog_tile_width(rig->size, level, n) < TLOG_TILE_WIDTH;
            assert_true(edge == !verified);
            if (verified) {
                assert_int_equal(read_one(verified, level, n, &bytes, &problem), -1);
                assert_true(!strncmp(problem.code, "bad-", 4));
            }
            tlog_verified_free(verified);
            file->data[file->length / 2] ^= 1;
        }
    }
    rig_free(rig);
}

static void a_tile_kept_is_not_read_again(void **state)
{
    (void)state;
    struct rig *rig = rig_new(RIG_MOST);
    struct tlog_verified *verified = verified_of(rig);
    size_t bytes;
    assert_int_equal(read_one(verified, 0, 7, &bytes, NULL), 0);
    unsigned asked = rig->asked;
    assert_int_equal(read_one(verified, 0, 7, &bytes, NULL), 0);
    assert_int_equal(rig->asked, asked);
    assert_int_equal(read_one(verified, 0, 8, &bytes, NULL), 0);
    assert_int_equal(rig->asked, asked + 1);
    tlog_verified_free(verified);
    rig_free(rig);
}

/* A log that has grown hands out its full bundle in place of the partial one. */
static void entries_behind_the_end_are_cut_off(void **state)
{
    (void)state;
    struct rig *rig = rig_new(100);
    struct tlog_verified *verified = verified_of(rig);
    size_t partial = rig->files[0][0].length, bytes;
    rig_grow(rig, 256);
    rig->source.size = 100;
    assert_int_equal(read_one(verified, TLOG_BUNDLE, 0, &bytes, NULL), 0);
    assert_int_equal(bytes, partial);
    tlog_verified_free(verified);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_a_sound_log_is_handed_out),
        cmocka_unit_test(what_was_changed_is_refused),
        cmocka_unit_test(a_tile_kept_is_not_read_again),
        cmocka_unit_test(entries_behind_the_end_are_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
