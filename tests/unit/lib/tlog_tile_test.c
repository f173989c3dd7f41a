#include "lib/tlog/tile.h"

#include "tests/unit/lib/tlog_rig.h"

static void paths_are_those_of_the_specification(void **state)
{
    (void)state;
    static const struct {
        struct tlog_tile tile;
        const char *path;
    } known[] = {
        { { 0, 256, 1234067 }, "tile/0/x001/x234/067" },
        { { 0, 112, 273 }, "tile/0/273.p/112" },
        { { 2, 1, 0 }, "tile/2/000.p/1" },
        { { 7, 127, 0 }, "tile/7/000.p/127" },
        { { TLOG_BUNDLE, 256, 1000 }, "tile/entries/x001/000" },
        { { TLOG_BUNDLE, 255, TLOG_SIZE_MAX / 256 }, "tile/entries/x036/x028/x797/x018/x963/967.p/255" },
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        char path[TLOG_PATH_BYTES];
        struct tlog_tile tile;
        tlog_tile_path(&known[i].tile, path);
        assert_string_equal(path, known[i].path);
        assert_int_equal(tlog_tile_parse(path, &tile), 0);
        assert_int_equal(tile.level, known[i].tile.level);
        assert_int_equal(tile.width, known[i].tile.width);
        assert_int_equal(tile.number, known[i].tile.number);
    }
}

static void any_other_wording_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "tile", "tile/", "tile/0", "tile/0/", "tile/0/1", "tile/0/01", "tile/0/0001",
        "tile/8/000", "tile/00/000", "tile/-1/000", "tile/63/000", "tile/entries", "tile/entries/", "tile/data/000",
        "/tile/0/000", "tile//0/000", "tile/0/000/", "tile/0/x000/000", "tile/0/x001", "tile/0/x001/", "tile/0/001/000",
        "tile/0/x001000", "tile/0/x001/x000", "tile/0/x01/000", "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0",
        "tile/0/000.p/01", "tile/0/000.p/256", "tile/0/000.p/1000", "tile/0/000.p/1/", "tile/0/000.p/-1", "tile/0/ 00",
        "tile/0/+00", "tile/0/x001/../000", "tile/0/x036/x028/x797/x018/x963/968", "tile/7/001",
        "tile/0/x999/x999/x999/x999/x999/x999/999", "tile/0/000.p/1\n", "tile/0/\xd9\xa1\xd9\xa2\xd9\xa3" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct tlog_tile tile = { 5, 5, 5 };
        assert_int_equal(tlog_tile_parse(bad[i], &tile), -1);
        assert_int_equal(tile.number, 5);
    }
}

static void a_size_has_the_tiles_of_the_specification(void **state)
{
    (void)state;
    assert_int_equal(tlog_tile_count(70000, 0), 274);
    assert_int_equal(tlog_tile_width(70000, 0, 272), 256);
    assert_int_equal(tlog_tile_width(70000, 0, 273), 112);
    assert_int_equal(tlog_tile_width(70000, 0, 274), 0);
    assert_int_equal(tlog_tile_count(70000, 1), 2);
    assert_int_equal(tlog_tile_width(70000, 1, 0), 256);
    assert_int_equal(tlog_tile_width(70000, 1, 1), 17);
    assert_int_equal(tlog_tile_count(70000, 2), 1);
    assert_int_equal(tlog_tile_width(70000, 2, 0), 1);
    assert_int_equal(tlog_tile_count(70000, 3), 0);
    assert_int_equal(tlog_tile_count(256, 1), 1);
    assert_int_equal(tlog_tile_width(256, 1, 0), 1);
    assert_int_equal(tlog_tile_count(0, 0), 0);
    assert_int_equal(tlog_tile_width(70000, TLOG_BUNDLE, 273), 112);
}

static void an_edge_writes_each_tile_as_defined(void **state)
{
    (void)state;
    struct rig *rig = rig_new(66000);
    uint8_t expected[TLOG_HASH_BYTES];
    for (int level = 0; level < 3; level++) {
        uint64_t span = 1ull << 8 * level;
        for (uint64_t i = 0; i < rig->size / span; i++) {
            const struct buf *file = &rig->files[level + 1][i / 256];
            rig_root(rig->leaves + i * span, span, expected);
            assert_true(file->length >= (i % 256 + 1) * TLOG_HASH_BYTES);
            assert_memory_equal(file->data + i % 256 * TLOG_HASH_BYTES, expected, sizeof(expected));
        }
    }
    for (int level = 0; level < TLOG_LEVELS; level++) {
        for (uint64_t n = 0; n < RIG_MOST / 256 + 1; n++)
            assert_int_equal(rig->files[level + 1][n].length, tlog_tile_width(66000, level, n) * TLOG_HASH_BYTES);
    }
    rig_free(rig);
}

static void a_loaded_edge_is_the_one_that_was(void **state)
{
    (void)state;
    static const uint64_t sizes[] = { 0, 1, 2, 3, 255, 256, 257, 511, 512, 65535, 65536, 65537, 65999 };
    static struct tlog_edge loaded;
    struct rig *rig = rig_new(0);
    struct problem problem;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint8_t before[TLOG_HASH_BYTES], after[TLOG_HASH_BYTES];
        rig_grow(rig, sizes[i]);
        assert_int_equal(tlog_edge_load(&loaded, &rig->source, &problem), 0);
        assert_int_equal(loaded.tree.size, sizes[i]);
        tlog_root(&rig->edge.tree, before);
        tlog_root(&loaded.tree, after);
        assert_memory_equal(before, after, sizeof(before));
        rig->edge = loaded; /* what grows from it is as good, as the next round shows */
    }
    uint8_t expected[TLOG_HASH_BYTES], root[TLOG_HASH_BYTES];
    rig_root(rig->leaves, rig->size, expected);
    tlog_root(&loaded.tree, root);
    assert_memory_equal(root, expected, sizeof(root));
    rig_free(rig);
}

static void a_missing_or_short_tile_is_no_edge(void **state)
{
    (void)state;
    static struct tlog_edge loaded;
    struct rig *rig = rig_new(300);
    struct problem problem;
    rig->files[1][1].length--;
    assert_int_equal(tlog_edge_load(&loaded, &rig->source, &problem), -1);
    assert_string_equal(problem.code, "bad-tile");
    assert_string_equal(problem.field, "tile/0/001.p/44");
    rig->files[1][1].length = 0;
    assert_int_equal(tlog_edge_load(&loaded, &rig->source, &problem), -1);
    assert_string_equal(problem.code, "absent");
    assert_int_equal(loaded.tree.size, 0);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_those_of_the_specification),
        cmocka_unit_test(any_other_wording_is_refused),
        cmocka_unit_test(a_size_has_the_tiles_of_the_specification),
        cmocka_unit_test(an_edge_writes_each_tile_as_defined),
        cmocka_unit_test(a_loaded_edge_is_the_one_that_was),
        cmocka_unit_test(a_missing_or_short_tile_is_no_edge),
    };
    crypto_open();
    return cmocka_run_group_tests_name("tlog_tile", tests, NULL, NULL);
}
