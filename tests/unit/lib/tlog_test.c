#include "lib/tlog/tlog.h"

#include "tests/unit/lib/tlog_rig.h"

static void hex_is(const uint8_t hash[TLOG_HASH_BYTES], const char *expected)
{
    char hex[HEX_BYTES(TLOG_HASH_BYTES)];
    crypto_hex(hash, TLOG_HASH_BYTES, hex);
    assert_string_equal(hex, expected);
}

/* printf '\0' | sha256sum, and sha256sum of nothing. */
static void hashes_have_the_prefixes_of_the_rfc(void **state)
{
    (void)state;
    uint8_t hash[TLOG_HASH_BYTES];
    tlog_leaf("", 0, hash);
    hex_is(hash, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    tlog_root(&(struct tlog_tree){ 0 }, hash);
    hex_is(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void a_node_is_both_sides_behind_its_prefix(void **state)
{
    (void)state;
    uint8_t both[1 + 2 * TLOG_HASH_BYTES], expected[TLOG_HASH_BYTES], hash[TLOG_HASH_BYTES];
    for (size_t i = 0; i < sizeof(both); i++)
        both[i] = (uint8_t)(i + 1);
    crypto_sha256(both, sizeof(both), expected);
    tlog_node(both + 1, both + 1 + TLOG_HASH_BYTES, hash);
    assert_memory_equal(hash, expected, sizeof(hash));
}

static void roots_are_those_of_the_definition(void **state)
{
    (void)state;
    uint8_t leaves[600][TLOG_HASH_BYTES], root[TLOG_HASH_BYTES], expected[TLOG_HASH_BYTES];
    struct tlog_tree tree = { 0 };
    for (uint64_t size = 0; size < 600; size++) {
        tlog_root(&tree, root);
        rig_root(leaves, size, expected);
        assert_memory_equal(root, expected, sizeof(root));
        tlog_leaf(&size, sizeof(size), leaves[size]);
        tlog_append(&tree, leaves[size]);
    }
}

/* Of "entry 0", "entry 1", …, as Go's sumdb/tlog has them. */
static void roots_are_those_of_go(void **state)
{
    (void)state;
    static const struct {
        uint64_t size;
        const char *root;
    } known[] = {
        { 1, "773885a613489e24ce2cf76199d6a423f042e4bbf12d7eecee912ef276c65701" },
        { 7, "98c97f0ba3175cd08b031dd084b9dc4e649b64d1a28e6ea694646503173ab587" },
        { 256, "da6596d95369f5fef322ab8e4e0da3b0b50236aa9c8a3b1d246f7411c9e2e32e" },
        { 70000, "a3920fba7f239a071a9bd10721f1341addefbaededb41c7e24437a9d16bdf00a" },
    };
    struct tlog_tree tree = { 0 };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        uint8_t hash[TLOG_HASH_BYTES];
        while (tree.size < known[i].size) {
            char entry[32];
            int length = snprintf(entry, sizeof(entry), "entry %llu", (unsigned long long)tree.size);
            tlog_leaf(entry, (size_t)length, hash);
            tlog_append(&tree, hash);
        }
        tlog_root(&tree, hash);
        hex_is(hash, known[i].root);
    }
}

static void what_an_append_completed_is_at_hand(void **state)
{
    (void)state;
    uint8_t leaves[512][TLOG_HASH_BYTES], expected[TLOG_HASH_BYTES];
    struct tlog_tree tree = { 0 };
    for (uint64_t i = 0; i < 512; i++) {
        tlog_leaf(&i, sizeof(i), leaves[i]);
        tlog_append(&tree, leaves[i]);
        for (unsigned height = 0; !(tree.size & ((1u << height) - 1)) && 1u << height <= tree.size; height++) {
            rig_root(leaves + tree.size - (1u << height), 1u << height, expected);
            assert_memory_equal(tlog_completed(&tree, height), expected, sizeof(expected));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_have_the_prefixes_of_the_rfc),
        cmocka_unit_test(a_node_is_both_sides_behind_its_prefix),
        cmocka_unit_test(roots_are_those_of_the_definition),
        cmocka_unit_test(roots_are_those_of_go),
        cmocka_unit_test(what_an_append_completed_is_at_hand),
    };
    crypto_open();
    return cmocka_run_group_tests_name("tlog", tests, NULL, NULL);
}
