/* What stood in several backups, in one tree. */
#include "tests/unit/unit.h"

#include <string.h>

#include "cli/browse/versions.h"
#include "lib/problem.h"

#define MOST 16

/* A tree, written by its paths: "a/", "a/b". Folders come before what is in them, names rise. */
struct tree {
    struct nodes nodes;
    struct node all[MOST];
};

static uint32_t parent_of(const struct tree *tree, const char *path, const char **ret_name)
{
    uint32_t parent = NODE_NONE;
    const char *slash;
    while ((slash = strchr(path, '/')) && slash[1]) {
        for (uint32_t i = 0; i < tree->nodes.n; i++) {
            const struct entry *entry = &tree->all[i].entry;
            if (tree->all[i].parent == parent && entry->name_bytes == (size_t)(slash - path) &&
                !memcmp(entry->name, path, entry->name_bytes)) {
                parent = i;
                break;
            }
        }
        path = slash + 1;
    }
    *ret_name = path;
    return parent;
}

static void put(struct tree *tree, const char *path, uint64_t size)
{
    const char *name;
    uint32_t parent = parent_of(tree, path, &name);
    bool folder = name[strlen(name) - 1] == '/';
    assert_true(tree->nodes.n < MOST);
    tree->nodes.all = tree->all;
    tree->all[tree->nodes.n++] = (struct node){ .parent = parent,
        .entry = { .type = folder ? ENTRY_FOLDER : ENTRY_FILE,
            .name = name,
            .name_bytes = strlen(name) - folder,
            .size = size,
            .mtime_s = (int64_t)size } };
}

static void add(struct versions *versions, const struct tree *tree)
{
    struct problem problem;
    assert_int_equal(versions_add(versions, &tree->nodes, &problem), 0);
}

static uint32_t name_of(const struct versions *versions, const char *path)
{
    static char found[NODE_PATH_BYTES];
    for (uint32_t i = 1; i < versions->n_names; i++) {
        if (versions_path(versions, i, found) == strlen(path) && !strcmp(found, path))
            return i;
    }
    fail_msg("there is no %s", path);
    return VERSIONS_NONE;
}

/* Three backups, the newest first: a/c was changed, a/b came with the second, z is in the oldest alone. */
static void fill(struct versions *versions)
{
    struct tree newest = { 0 }, middle = { 0 }, oldest = { 0 };
    assert_int_equal(versions_make(versions), 0);
    put(&newest, "a/", 0);
    put(&newest, "a/b", 5);
    put(&newest, "a/c", 7);
    put(&newest, "m", 1);
    put(&middle, "a/", 0);
    put(&middle, "a/b", 5);
    put(&middle, "a/c", 6);
    put(&oldest, "a/", 0);
    put(&oldest, "a/c", 6);
    put(&oldest, "m", 1);
    put(&oldest, "z", 9);
    add(versions, &newest);
    add(versions, &middle);
    add(versions, &oldest);
}

static void each_name_stands_once_and_in_order(void **state)
{
    (void)state;
    struct versions versions;
    fill(&versions);
    assert_int_equal(versions.n_names, 6);
    uint32_t at = versions.names[VERSIONS_ROOT].child;
    static const char *const expected[] = { "a", "m", "z" };
    for (size_t i = 0; i < 3; i++, at = versions.names[at].next)
        assert_string_equal(versions.names[at].text, expected[i]);
    assert_int_equal(at, VERSIONS_NONE);
    versions_free(&versions);
}

static void a_version_lasts_as_long_as_nothing_changes(void **state)
{
    (void)state;
    struct versions versions;
    fill(&versions);
    uint32_t c = name_of(&versions, "a/c"), m = name_of(&versions, "m"), z = name_of(&versions, "z");
    assert_int_equal(versions_count(&versions, name_of(&versions, "a")), 1);
    assert_int_equal(versions_count(&versions, c), 2);
    assert_int_equal(versions_in(&versions, c, 0)->size, 7);
    assert_int_equal(versions_in(&versions, c, 1)->size, 6);
    assert_ptr_equal(versions_in(&versions, c, 1), versions_in(&versions, c, 2));
    assert_int_equal(versions_first(&versions, c)->size, 7);
    assert_int_equal(versions_count(&versions, m), 2); /* it was away in between */
    assert_null(versions_in(&versions, m, 1));
    assert_null(versions_in(&versions, z, 0));
    assert_non_null(versions_in(&versions, z, 2));
    assert_null(versions_in(&versions, z, 3));
    versions_free(&versions);
}

static size_t found(const struct versions *versions, const char *pattern)
{
    size_t n = 0;
    for (uint32_t at = VERSIONS_ROOT; (at = versions_find(versions, pattern, at)) != VERSIONS_NONE;)
        n++;
    return n;
}

static void patterns_are_parts_of_names_or_whole_ones_or_paths(void **state)
{
    (void)state;
    struct versions versions;
    struct tree tree = { 0 };
    assert_int_equal(versions_make(&versions), 0);
    put(&tree, "home/", 0);
    put(&tree, "home/Letters/", 0);
    put(&tree, "home/Letters/letter 1.txt", 1);
    put(&tree, "home/Letters/n\xff", 1);
    put(&tree, "letterbox", 1);
    add(&versions, &tree);
    assert_int_equal(found(&versions, "letter"), 3);
    assert_int_equal(found(&versions, "letter*"), 3);
    assert_int_equal(found(&versions, "*.txt"), 1);
    assert_int_equal(found(&versions, "letter?1"), 0);
    assert_int_equal(found(&versions, "/home/letters/"), 2);
    assert_int_equal(found(&versions, "/home/*1.txt"), 1);
    assert_int_equal(found(&versions, "n\xff"), 1);
    assert_int_equal(found(&versions, "nothing"), 0);
    versions_free(&versions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_name_stands_once_and_in_order),
        cmocka_unit_test(a_version_lasts_as_long_as_nothing_changes),
        cmocka_unit_test(patterns_are_parts_of_names_or_whole_ones_or_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
