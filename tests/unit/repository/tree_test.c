/* Trees: what was written is read, in one form only; and what makes no sense is refused as a whole. */
#include "tests/unit/unit.h"

#include "lib/buf.h"
#include "lib/problem.h"
#include "lib/repository/nodes.h"
#include "lib/repository/number.h"

static struct commit_segment segments[] = { { SEGMENT_CHUNKS, { 1 }, 100, 100 }, { SEGMENT_TREE, { 2 }, 100, 100 } };
static const struct commit commit = { .agent = 7, .files = 4, .n_segments = 2, .segments = segments };

static struct entry entry(enum entry_type type, const char *name)
{
    return (struct entry){ .type = type,
        .name = name,
        .name_bytes = strlen(name),
        .mode = 0644,
        .mtime_s = -5,
        .mtime_ns = 999999999,
        .uid = UINT32_MAX };
}

/* a/ { file, of a hole and a piece; hard link to it }, b -> a */
static void sample(struct buf *ret)
{
    struct entry folder = entry(ENTRY_FOLDER, "a"), file = entry(ENTRY_FILE, "f"), hard = entry(ENTRY_HARD_LINK, "g");
    struct entry link = entry(ENTRY_SYMLINK, "b");
    const struct piece pieces[] = { { .hole = true, .length = 1000 },
        { .segment = 0, .offset = 90, .skip = 3, .length = 24, .sum = 0x01020304 } };
    struct buf xattrs = { 0 };
    assert_int_equal(tree_xattr(&xattrs, "user.x", "\0y", 2), 0);
    file.size = 1024;
    file.xattrs = (const uint8_t *)xattrs.data;
    file.xattrs_bytes = xattrs.length;
    hard.number = 1;
    link.link = "a";
    link.link_bytes = 1;
    assert_int_equal(tree_entry(ret, &folder), 0);
    assert_int_equal(tree_entry(ret, &file), 0);
    assert_int_equal(tree_pieces(ret, pieces, 2), 0);
    assert_int_equal(tree_entry(ret, &hard), 0);
    assert_int_equal(tree_up(ret), 0);
    assert_int_equal(tree_entry(ret, &link), 0);
    buf_free(&xattrs);
}

static int load(const struct buf *records, struct nodes *ret)
{
    assert_int_equal(nodes_make(ret), 0);
    if (!nodes_add(ret, &commit, (const uint8_t *)records->data, records->length, NULL) &&
        !nodes_end(ret, &commit, NULL))
        return 0;
    nodes_free(ret);
    return -1;
}

static void reads_what_it_wrote(void **state)
{
    (void)state;
    struct buf records = { 0 };
    struct nodes nodes;
    struct xattr xattr;
    static char path[NODE_PATH_BYTES];
    sample(&records);
    assert_int_equal(load(&records, &nodes), 0);
    assert_int_equal(nodes.n, 4);
    assert_int_equal(nodes_path(&nodes, 2, path), 3);
    assert_string_equal(path, "a/g");
    const struct node *file = &nodes.all[1];
    assert_int_equal(file->entry.mtime_s, -5);
    assert_int_equal(file->entry.uid, UINT32_MAX);
    assert_int_equal(file->n_pieces, 1);
    assert_int_equal(nodes.pieces[0].at, 1000);
    assert_int_equal(nodes.pieces[0].sum, 0x01020304);
    const uint8_t *at = file->entry.xattrs;
    assert_true(xattr_next(&at, at + file->entry.xattrs_bytes, &xattr));
    assert_string_equal(xattr.name, "user.x");
    assert_memory_equal(xattr.value, "\0y", 2);
    assert_string_equal(nodes.all[3].entry.link, "a");
    nodes_free(&nodes);
    buf_free(&records);
}

static void refuses_each_beginning_of_it(void **state)
{
    (void)state;
    struct buf records = { 0 };
    struct nodes nodes;
    sample(&records);
    size_t whole = records.length;
    for (records.length = 0; records.length < whole; records.length++)
        assert_int_equal(load(&records, &nodes), -1);
    buf_free(&records);
}

static void refuse_entry(struct entry one)
{
    struct buf records = { 0 };
    struct nodes nodes;
    assert_int_equal(tree_entry(&records, &one), 0);
    assert_int_equal(nodes_make(&nodes), 0);
    assert_int_equal(nodes_add(&nodes, &commit, (const uint8_t *)records.data, records.length, NULL), -1);
    nodes_free(&nodes);
    buf_free(&records);
}

static void refuses_names_that_lead_elsewhere(void **state)
{
    (void)state;
    refuse_entry(entry(ENTRY_FILE, ".."));
    refuse_entry(entry(ENTRY_FILE, "."));
    refuse_entry(entry(ENTRY_FILE, ""));
    refuse_entry(entry(ENTRY_FILE, "a/b"));
    struct entry with_nul = entry(ENTRY_FILE, "ab");
    with_nul.name = "a\0b";
    with_nul.name_bytes = 3;
    refuse_entry(with_nul);
    struct entry link_to_nothing = entry(ENTRY_HARD_LINK, "h");
    refuse_entry(link_to_nothing);
    struct entry mode = entry(ENTRY_FILE, "m");
    mode.mode = 010000;
    refuse_entry(mode);
}

static int load_pieces(const struct piece *piece, size_t n)
{
    struct buf records = { 0 };
    struct nodes nodes;
    struct entry file = entry(ENTRY_FILE, "f");
    file.size = 24;
    assert_int_equal(tree_entry(&records, &file), 0);
    assert_int_equal(tree_pieces(&records, piece, n), 0);
    assert_int_equal(nodes_make(&nodes), 0);
    int error = nodes_add(&nodes, &commit, (const uint8_t *)records.data, records.length, NULL);
    nodes_free(&nodes);
    buf_free(&records);
    return error;
}

static void refuses_pieces_that_do_not_fit(void **state)
{
    (void)state;
    assert_int_equal(load_pieces(&(struct piece){ .length = 24 }, 1), 0);
    assert_int_equal(load_pieces(&(struct piece){ .length = 25 }, 1), -1);
    assert_int_equal(load_pieces(&(struct piece){ .length = 24, .segment = 1 }, 1), -1); /* of the tree */
    assert_int_equal(load_pieces(&(struct piece){ .length = 24, .segment = 2 }, 1), -1);
    assert_int_equal(load_pieces(&(struct piece){ .length = INT64_MAX, .hole = true }, 1), -1);
}

static void refuses_a_torn_sum(void **state)
{
    (void)state;
    struct buf records = { 0 };
    struct nodes nodes;
    struct entry file = entry(ENTRY_FILE, "f");
    file.size = 24;
    const struct piece piece = { .length = 24, .sum = 7 };
    assert_int_equal(tree_entry(&records, &file), 0);
    size_t before = records.length;
    assert_int_equal(tree_pieces(&records, &piece, 1), 0);
    records.data[before + 1]--; /* the body's length */
    assert_int_equal(nodes_make(&nodes), 0);
    assert_int_equal(nodes_add(&nodes, &commit, (const uint8_t *)records.data, records.length - 1, NULL), -1);
    nodes_free(&nodes);
    buf_free(&records);
}

static void names_rise(void **state)
{
    (void)state;
    struct buf records = { 0 };
    struct nodes nodes;
    struct entry one = entry(ENTRY_FIFO, "b"), other = entry(ENTRY_FIFO, "b");
    assert_int_equal(tree_entry(&records, &one), 0);
    assert_int_equal(tree_entry(&records, &other), 0);
    assert_int_equal(nodes_make(&nodes), 0);
    assert_int_equal(nodes_add(&nodes, &commit, (const uint8_t *)records.data, records.length, NULL), -1);
    nodes_free(&nodes);
    buf_free(&records);
}

static void numbers_have_one_form(void **state)
{
    (void)state;
    static const uint64_t values[] = { 0, 1, 127, 128, 16383, 16384, UINT32_MAX, INT64_MAX, UINT64_MAX };
    uint8_t bytes[NUMBER_BYTES_MAX];
    uint64_t back;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        size_t n = number_write(bytes, values[i]);
        const uint8_t *at = bytes;
        assert_int_equal(number_read(&at, bytes + n, &back), 0);
        assert_true(back == values[i] && at == bytes + n);
        at = bytes;
        assert_int_equal(number_read(&at, bytes + n - 1, &back), -1);
        assert_true(number_unfold(number_fold((int64_t)values[i])) == (int64_t)values[i]);
    }
    const uint8_t longer[] = { 0x81, 0x00 }, too_large[] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 2 };
    const uint8_t *at = longer;
    assert_int_equal(number_read(&at, longer + sizeof(longer), &back), -1);
    at = too_large;
    assert_int_equal(number_read(&at, too_large + sizeof(too_large), &back), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_wrote),
        cmocka_unit_test(refuses_each_beginning_of_it),
        cmocka_unit_test(refuses_names_that_lead_elsewhere),
        cmocka_unit_test(refuses_pieces_that_do_not_fit),
        cmocka_unit_test(refuses_a_torn_sum),
        cmocka_unit_test(names_rise),
        cmocka_unit_test(numbers_have_one_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
