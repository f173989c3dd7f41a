#include "lib/tlog/check.h"

#include "tests/unit/lib/tlog_rig.h"

static struct tlog_checkpoint checkpoint_of(const struct rig *rig)
{
    struct tlog_checkpoint checkpoint = { "log.example/ops", rig->size, { 0 } };
    tlog_root(&rig->edge.tree, checkpoint.root);
    return checkpoint;
}

static void a_sound_log_holds(void **state)
{
    (void)state;
    static const uint64_t sizes[] = { 0, 1, 2, 3, 255, 256, 257, 511, 65535, 65536, 65537, RIG_MOST };
    struct rig *rig = rig_new(0);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct tlog_checked checked;
        rig_grow(rig, sizes[i]);
        const struct tlog_checkpoint checkpoint = checkpoint_of(rig);
        assert_int_equal(tlog_check(&rig->source, &checkpoint, 0, &checked, NULL), 0);
        assert_int_equal(checked.entries, sizes[i]);
        assert_int_equal(checked.absent, 0);
    }
    rig_free(rig);
}

/* Whatever byte is another than it was, the file in which it stands is named; a changed leaf shows in its tile. */
static void every_changed_byte_is_found(void **state)
{
    (void)state;
    static const uint64_t sizes[] = { 1, 2, 3, 255, 256, 257, 511 };
    struct rig *rig = rig_new(0);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        rig_grow(rig, sizes[i]);
        const struct tlog_checkpoint checkpoint = checkpoint_of(rig);
        for (int level = TLOG_BUNDLE; level < 2; level++) {
            for (uint64_t n = 0; n < tlog_tile_count(rig->size, level); n++) {
                struct buf *file = &rig->files[level + 1][n];
                for (size_t at = 0; at < file->length; at += 1 + at % 31) {
                    struct tlog_checked checked;
                    struct problem problem;
                    file->data[at] ^= 0x20;
                    assert_int_equal(tlog_check(&rig->source, &checkpoint, 0, &checked, &problem), -1);
                    file->data[at] ^= 0x20;
                    char path[TLOG_PATH_BYTES], leaves[TLOG_PATH_BYTES];
                    const struct tlog_tile tile = { level, tlog_tile_width(rig->size, level, n), n };
                    const struct tlog_tile under = { 0, tile.width, n };
                    tlog_tile_path(&tile, path);
                    tlog_tile_path(&under, leaves);
                    assert_true(!strcmp(problem.field, path) || (level < 0 && !strcmp(problem.field, leaves)));
                }
            }
        }
    }
    rig_free(rig);
}

static void a_bundle_and_tile_forged_together_miss_the_root(void **state)
{
    (void)state;
    struct rig *rig = rig_new(100);
    const struct tlog_checkpoint checkpoint = checkpoint_of(rig);
    struct tlog_checked checked;
    struct problem problem;
    struct tlog_entry entries[TLOG_TILE_WIDTH];
    unsigned count;
    struct buf *bundle = &rig->files[0][0];
    bundle->data[bundle->length - 1] ^= 1;
    assert_int_equal(tlog_bundle_parse(bundle->data, bundle->length, entries, &count, NULL), 0);
    tlog_leaf(entries[99].data, entries[99].bytes, (uint8_t *)rig->files[1][0].data + 99 * TLOG_HASH_BYTES);
    assert_int_equal(tlog_check(&rig->source, &checkpoint, 0, &checked, &problem), -1);
    assert_string_equal(problem.code, "wrong-root");
    assert_string_equal(problem.field, "checkpoint");
    rig_free(rig);
}

static void what_is_missing_or_too_much_is_named(void **state)
{
    (void)state;
    struct rig *rig = rig_new(300);
    struct tlog_checkpoint checkpoint = checkpoint_of(rig);
    struct tlog_checked checked;
    struct problem problem;
    assert_int_equal(tlog_bundle_append(&rig->files[0][1], "more", 4), 0);
    assert_int_equal(tlog_check(&rig->source, &checkpoint, 0, &checked, &problem), -1);
    assert_string_equal(problem.field, "tile/entries/001.p/44");
    rig->files[0][1].length -= 6;
    rig->files[0][0].length = 0;
    assert_int_equal(tlog_check(&rig->source, &checkpoint, 0, &checked, &problem), -1);
    assert_string_equal(problem.code, "absent");
    assert_string_equal(problem.field, "tile/entries/000");
    checkpoint.size++;
    assert_int_equal(tlog_check(&rig->source, &checkpoint, 0, &checked, &problem), -1);
    assert_string_equal(problem.code, "wrong-size");
    rig_free(rig);
}

static void retention_takes_bundles_and_the_rest_still_holds(void **state)
{
    (void)state;
    struct rig *rig = rig_new(600);
    const struct tlog_checkpoint checkpoint = checkpoint_of(rig);
    struct tlog_checked checked;
    struct problem problem;
    rig->files[0][0].length = 0;
    assert_int_equal(tlog_check(&rig->source, &checkpoint, 255, &checked, &problem), -1);
    assert_int_equal(tlog_check(&rig->source, &checkpoint, 256, &checked, &problem), 0);
    assert_int_equal(checked.entries, 344);
    assert_int_equal(checked.absent, 256);
    rig->files[1][0].data[77] ^= 1;
    assert_int_equal(tlog_check(&rig->source, &checkpoint, 256, &checked, &problem), -1);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_log_holds),
        cmocka_unit_test(every_changed_byte_is_found),
        cmocka_unit_test(a_bundle_and_tile_forged_together_miss_the_root),
        cmocka_unit_test(what_is_missing_or_too_much_is_named),
        cmocka_unit_test(retention_takes_bundles_and_the_rest_still_holds),
    };
    crypto_open();
    return cmocka_run_group_tests_name("tlog_check", tests, NULL, NULL);
}
