#include "cli/witness/judge.h"

#include "lib/tlog/proof.h"
#include "tests/unit/lib/tlog_rig.h"

/* As rig_grow, and from an entry on another history. */
static void grow(struct rig *rig, uint64_t size, uint64_t differs_from)
{
    for (; rig->size < size; rig->size++) {
        char entry[64];
        size_t bytes = rig_entry(rig->size + (rig->size >= differs_from), entry);
        tlog_leaf(entry, bytes, rig->leaves[rig->size]);
        assert_int_equal(tlog_edge_append(&rig->edge, rig->leaves[rig->size], rig_take, rig), 0);
    }
    assert_int_equal(tlog_edge_partials(&rig->edge, rig_take, rig), 0);
    rig->source.size = size;
}

static struct tlog_checkpoint checkpoint_at(struct rig *rig, uint64_t size)
{
    struct tlog_checkpoint checkpoint = { "log.example/ops", size, { 0 } };
    assert_int_equal(tlog_root_at(&rig->source, size, checkpoint.root, NULL), 0);
    return checkpoint;
}

static enum judgement judge(const struct tlog_checkpoint *last, struct rig *rig, uint64_t size)
{
    const struct tlog_checkpoint seen = checkpoint_at(rig, size);
    struct tlog_proof proof = { 0 };
    if (last && size > last->size)
        assert_int_equal(tlog_prove_consistency(&rig->source, last->size, size, &proof, NULL), 0);
    return witness_judge(last, &seen, &proof);
}

static const uint64_t sizes[] = { 0, 1, 2, 3, 255, 256, 257, 511, 600 };
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static void a_log_that_grows_is_cosigned(void **state)
{
    (void)state;
    struct rig *rig = rig_new(0);
    grow(rig, 600, UINT64_MAX);
    assert_int_equal(judge(NULL, rig, 300), JUDGED_GROWN);
    for (size_t i = 0; i < SIZES; i++) {
        const struct tlog_checkpoint last = checkpoint_at(rig, sizes[i]);
        for (size_t j = 0; j < SIZES; j++)
            assert_int_equal(judge(&last, rig, sizes[j]), j < i ? JUDGED_SET_BACK : JUDGED_GROWN);
    }
    rig_free(rig);
}

static void another_history_is_told_by_its_kind(void **state)
{
    (void)state;
    struct rig *ours = rig_new(0), *theirs = rig_new(0);
    grow(ours, 600, UINT64_MAX);
    grow(theirs, 600, 254);
    for (size_t i = 0; i < SIZES; i++) {
        const struct tlog_checkpoint last = checkpoint_at(ours, sizes[i]);
        bool common = sizes[i] <= 254;
        assert_int_equal(judge(&last, theirs, sizes[i]), common ? JUDGED_GROWN : JUDGED_TWO_TREES);
        if (sizes[i] < 600)
            assert_int_equal(judge(&last, theirs, 600), common ? JUDGED_GROWN : JUDGED_REWRITTEN);
    }
    rig_free(ours);
    rig_free(theirs);
}

static void a_proof_of_something_else_shows_nothing(void **state)
{
    (void)state;
    struct rig *rig = rig_new(0);
    struct tlog_proof proof;
    grow(rig, 600, UINT64_MAX);
    const struct tlog_checkpoint last = checkpoint_at(rig, 255), seen = checkpoint_at(rig, 600);
    assert_int_equal(tlog_prove_consistency(&rig->source, 256, 600, &proof, NULL), 0);
    assert_int_equal(witness_judge(&last, &seen, &proof), JUDGED_REWRITTEN);
    assert_int_equal(witness_judge(&last, &seen, &(struct tlog_proof){ 0 }), JUDGED_REWRITTEN);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_that_grows_is_cosigned),
        cmocka_unit_test(another_history_is_told_by_its_kind),
        cmocka_unit_test(a_proof_of_something_else_shows_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
