#include "lib/tlog/proof.h"

#include "tests/unit/lib/tlog_rig.h"

#define SMALL 80

static struct rig *rig;
static uint8_t roots[SMALL + 1][TLOG_HASH_BYTES];

static int open_rig(void **state)
{
    (void)state;
    rig = rig_new(RIG_MOST);
    for (uint64_t size = 0; size <= SMALL; size++)
        rig_root(rig->leaves, size, roots[size]);
    return 0;
}

static int close_rig(void **state)
{
    (void)state;
    rig_free(rig);
    return 0;
}

/* PATH of RFC 6962 §2.1.1 word for word. */
static void define_path(uint64_t m, uint8_t (*leaves)[TLOG_HASH_BYTES], uint64_t n, struct tlog_proof *proof)
{
    uint64_t k = 1;
    if (n == 1)
        return;
    while (2 * k < n)
        k *= 2;
    if (m < k) {
        define_path(m, leaves, k, proof);
        rig_root(leaves + k, n - k, proof->hashes[proof->count++]);
    } else {
        define_path(m - k, leaves + k, n - k, proof);
        rig_root(leaves, k, proof->hashes[proof->count++]);
    }
}

/* SUBPROOF of RFC 6962 §2.1.2 word for word. */
static void define_subproof(
    uint64_t m, uint8_t (*leaves)[TLOG_HASH_BYTES], uint64_t n, bool whole, struct tlog_proof *proof)
{
    uint64_t k = 1;
    if (m == n) {
        if (!whole)
            rig_root(leaves, n, proof->hashes[proof->count++]);
        return;
    }
    while (2 * k < n)
        k *= 2;
    if (m <= k) {
        define_subproof(m, leaves, k, whole, proof);
        rig_root(leaves + k, n - k, proof->hashes[proof->count++]);
    } else {
        define_subproof(m - k, leaves + k, n - k, false, proof);
        rig_root(leaves, k, proof->hashes[proof->count++]);
    }
}

static void assert_same(const struct tlog_proof *a, const struct tlog_proof *b)
{
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->hashes, b->hashes, a->count * TLOG_HASH_BYTES);
}

/* A proof that holds stops holding with any hash altered, one less, one more. */
#define BREAK(proof, holds)                                                                                            \
    do {                                                                                                               \
        for (size_t at = 0; at < (proof).count; at++) {                                                                \
            (proof).hashes[at][at % TLOG_HASH_BYTES] ^= 0x10;                                                          \
            assert_false(holds);                                                                                       \
            (proof).hashes[at][at % TLOG_HASH_BYTES] ^= 0x10;                                                          \
        }                                                                                                              \
        if ((proof).count) {                                                                                           \
            (proof).count--;                                                                                           \
            assert_false(holds);                                                                                       \
            (proof).count++;                                                                                           \
        }                                                                                                              \
        (proof).count++;                                                                                               \
        assert_false(holds);                                                                                           \
        (proof).count--;                                                                                               \
        assert_true(holds);                                                                                            \
    } while (0)

static void every_entry_of_small_trees_is_proved(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= SMALL; size++) {
        for (uint64_t index = 0; index < size; index++) {
            struct tlog_proof proof, defined = { 0 };
            const uint8_t *leaf = rig->leaves[index];
            assert_int_equal(tlog_prove_inclusion(&rig->source, index, size, &proof, NULL), 0);
            define_path(index, rig->leaves, size, &defined);
            assert_same(&proof, &defined);
            BREAK(proof, tlog_inclusion_holds(&proof, index, size, leaf, roots[size]));
            assert_false(tlog_inclusion_holds(&proof, size, size, leaf, roots[size]));
            for (uint64_t other = 0; other < size; other++) {
                if (other != index)
                    assert_false(tlog_inclusion_holds(&proof, other, size, leaf, roots[size]));
            }
            assert_false(tlog_inclusion_holds(&proof, index, size, rig->leaves[size], roots[size]));
        }
    }
}

static void every_pair_of_small_trees_is_consistent(void **state)
{
    (void)state;
    for (uint64_t size = 0; size <= SMALL; size++) {
        for (uint64_t old = 0; old <= size; old++) {
            struct tlog_proof proof, defined = { 0 };
            assert_int_equal(tlog_prove_consistency(&rig->source, old, size, &proof, NULL), 0);
            if (old)
                define_subproof(old, rig->leaves, size, true, &defined);
            assert_same(&proof, &defined);
            BREAK(proof, tlog_consistency_holds(&proof, old, roots[old], size, roots[size]));
            if (old != size)
                assert_false(tlog_consistency_holds(&proof, size, roots[size], old, roots[old]));
            uint8_t forked[TLOG_HASH_BYTES];
            memcpy(forked, roots[old], sizeof(forked));
            forked[31] ^= 1;
            assert_false(tlog_consistency_holds(&proof, old, forked, size, roots[size]));
            /* What begins otherwise is proven to, unless the proof begins with the whole old tree. */
            bool shown = old && (old == size || old & (old - 1));
            assert_int_equal(tlog_consistency_judge(&proof, old, forked, size, roots[size]),
                shown ? TLOG_CONTRADICTED : TLOG_UNPROVEN);
            if (proof.count) {
                proof.hashes[proof.count - 1][0] ^= 1;
                assert_int_equal(tlog_consistency_judge(&proof, old, roots[old], size, roots[size]), TLOG_UNPROVEN);
                proof.count--;
                assert_int_equal(tlog_consistency_judge(&proof, old, roots[old], size, roots[size]), TLOG_UNPROVEN);
            }
        }
    }
}

static void large_trees_are_proved(void **state)
{
    (void)state;
    static const uint64_t sizes[] = { 255, 256, 257, 511, 65535, 65536, 65537, RIG_MOST };
    static const uint64_t indices[] = { 0, 1, 127, 255, 256, 510, 32768, 65535, 65536, 69999 };
    uint8_t old_root[TLOG_HASH_BYTES], root[TLOG_HASH_BYTES], expected[TLOG_HASH_BYTES];
    struct tlog_proof proof;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_int_equal(tlog_root_at(&rig->source, sizes[i], root, NULL), 0);
        rig_root(rig->leaves, sizes[i], expected);
        assert_memory_equal(root, expected, sizeof(root));
        for (size_t j = 0; j < sizeof(indices) / sizeof(indices[0]) && indices[j] < sizes[i]; j++) {
            assert_int_equal(tlog_prove_inclusion(&rig->source, indices[j], sizes[i], &proof, NULL), 0);
            BREAK(proof, tlog_inclusion_holds(&proof, indices[j], sizes[i], rig->leaves[indices[j]], root));
        }
        for (size_t j = 0; j <= i; j++) {
            assert_int_equal(tlog_root_at(&rig->source, sizes[j], old_root, NULL), 0);
            assert_int_equal(tlog_prove_consistency(&rig->source, sizes[j], sizes[i], &proof, NULL), 0);
            BREAK(proof, tlog_consistency_holds(&proof, sizes[j], old_root, sizes[i], root));
        }
    }
}

static void what_is_not_in_the_log_is_not_proved(void **state)
{
    (void)state;
    struct tlog_proof proof;
    struct problem problem;
    uint8_t root[TLOG_HASH_BYTES];
    assert_int_equal(tlog_prove_inclusion(&rig->source, 0, 0, &proof, &problem), -1);
    assert_string_equal(problem.code, "no-entry");
    assert_int_equal(tlog_prove_inclusion(&rig->source, 3, 3, &proof, &problem), -1);
    assert_int_equal(tlog_prove_inclusion(&rig->source, 3, RIG_MOST + 1, &proof, &problem), -1);
    assert_string_equal(problem.code, "too-large");
    assert_int_equal(tlog_prove_consistency(&rig->source, 4, 3, &proof, &problem), -1);
    assert_int_equal(tlog_prove_consistency(&rig->source, 4, RIG_MOST + 1, &proof, &problem), -1);
    assert_int_equal(tlog_root_at(&rig->source, RIG_MOST + 1, root, &problem), -1);
    proof.count = 0;
    assert_false(tlog_inclusion_holds(&proof, 0, 0, roots[0], roots[0]));
    assert_false(tlog_inclusion_holds(&proof, 0, UINT64_MAX, roots[0], roots[0]));
    assert_false(tlog_consistency_holds(&proof, 0, roots[1], 0, roots[1]));
    assert_false(tlog_consistency_holds(&proof, 0, roots[1], 5, roots[5]));
    assert_false(tlog_consistency_holds(&proof, UINT64_MAX, roots[0], UINT64_MAX, roots[0]));
}

static void a_missing_tile_makes_no_proof(void **state)
{
    (void)state;
    struct tlog_proof proof;
    struct problem problem;
    size_t length = rig->files[2][0].length;
    rig->files[2][0].length = 0;
    assert_int_equal(tlog_prove_inclusion(&rig->source, 5, RIG_MOST, &proof, &problem), -1);
    assert_string_equal(problem.code, "absent");
    rig->files[2][0].length = length;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_of_small_trees_is_proved),
        cmocka_unit_test(every_pair_of_small_trees_is_consistent),
        cmocka_unit_test(large_trees_are_proved),
        cmocka_unit_test(what_is_not_in_the_log_is_not_proved),
        cmocka_unit_test(a_missing_tile_makes_no_proof),
    };
    crypto_open();
    return cmocka_run_group_tests_name("tlog_proof", tests, open_rig, close_rig);
}
