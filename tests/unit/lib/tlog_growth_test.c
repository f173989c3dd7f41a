/* Consistency proofs as text, and what a reader makes of two checkpoints. */
#include "lib/tlog/growth.h"

#include <string.h>

#include "tests/unit/lib/tlog_rig.h"

static struct rig *rig;

static struct tlog_checkpoint at(uint64_t size)
{
    struct tlog_checkpoint checkpoint = { .origin = "log.example/ops", .size = size };
    assert_int_equal(tlog_root_at(&rig->source, size, checkpoint.root, NULL), 0);
    return checkpoint;
}

static struct tlog_growth between(uint64_t old_size, uint64_t size)
{
    struct tlog_growth growth = { .old_size = old_size, .size = size };
    assert_int_equal(tlog_prove_consistency(&rig->source, old_size, size, &growth.proof, NULL), 0);
    return growth;
}

static void a_proof_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct tlog_growth growth = between(1000, 65537), read;
    struct buf text = { 0 };
    assert_int_equal(tlog_growth_format(&text, &growth), 0);
    assert_true(text.length <= TLOG_GROWTH_BYTES);
    assert_int_equal(tlog_growth_parse(text.data, text.length, &read, NULL), 0);
    assert_memory_equal(&read, &growth, sizeof(read));
    for (size_t cut = 0; cut < text.length; cut++) {
        if (!tlog_growth_parse(text.data, cut, &read, NULL))
            assert_true(read.proof.count < growth.proof.count);
    }
    buf_free(&text);
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = { "", "old 3\n", "old 7\nsize 3\n", "size 3\nold 3\n", "old 03\nsize 7\n",
        "old 3\nsize 7\nnothing\n", "old 3\nsize 7", "old -1\nsize 7\n", "old 3\nsize 99999999999999999999\n" };
    struct tlog_growth read;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_int_equal(tlog_growth_parse(wrong[i], strlen(wrong[i]), &read, NULL), -1);
}

static void either_may_be_the_older(void **state)
{
    (void)state;
    struct tlog_checkpoint old = at(1000), new = at(65537);
    struct tlog_growth growth = between(1000, 65537), other = between(1001, 65537);
    assert_int_equal(tlog_growth_judge(&old, &new, &growth), TLOG_PROVEN);
    assert_int_equal(tlog_growth_judge(&new, &old, &growth), TLOG_PROVEN);
    assert_int_equal(tlog_growth_judge(&old, &old, NULL), TLOG_PROVEN);
    assert_int_equal(tlog_growth_judge(&old, &new, NULL), TLOG_UNPROVEN);
    assert_int_equal(tlog_growth_judge(&old, &new, &other), TLOG_UNPROVEN);
    growth.proof.count--;
    assert_int_equal(tlog_growth_judge(&old, &new, &growth), TLOG_UNPROVEN);
}

static void two_histories_are_shown_to_be_two(void **state)
{
    (void)state;
    struct tlog_checkpoint old = at(1000), new = at(65537), other = old;
    struct tlog_growth growth = between(1000, 65537);
    other.root[0] ^= 1;
    assert_int_equal(tlog_growth_judge(&other, &new, &growth), TLOG_CONTRADICTED);
    assert_int_equal(tlog_growth_judge(&new, &other, &growth), TLOG_CONTRADICTED);
    assert_int_equal(tlog_growth_judge(&other, &old, NULL), TLOG_CONTRADICTED);
    assert_int_equal(tlog_growth_judge(&other, &new, NULL), TLOG_UNPROVEN);
}

int main(void)
{
    crypto_open();
    rig = rig_new(RIG_MOST);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proof_is_read_as_it_was_written),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(either_may_be_the_older),
        cmocka_unit_test(two_histories_are_shown_to_be_two),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rig_free(rig);
    return failed;
}
