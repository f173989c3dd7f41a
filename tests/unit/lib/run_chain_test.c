/* Chains of runs: what follows, what is missing, what was changed. */
#include "lib/run_chain.h"

#include <string.h>

#include "tests/unit/unit.h"

static char heads[8][HEX_BYTES(SHA256_BYTES)];
static struct envelope_run runs[8];
static struct run_chain chains[9];

static void make(void)
{
    for (unsigned i = 0; i < 8; i++) {
        runs[i] = (struct envelope_run){ .document = "00112233445566778899aabbccddeeff",
            .document_version = 1,
            .occurrence = 1000 * i,
            .run_state = i % 2 ? RUN_STATE_DONE : RUN_STATE_FAILED,
            .time = 1000 * i + 5,
            .code = i % 2 ? NULL : "exit",
            .has_exit_status = true,
            .exit_status = i % 2 ? 0 : 3,
            .has_chain_link = true,
            .chain_link = i + 1 };
        chains[i + 1] = run_chain_next(&chains[i], &runs[i]);
        crypto_hex(chains[i + 1].head, SHA256_BYTES, heads[i]);
        runs[i].chain = heads[i];
    }
}

static void each_follows_from_the_one_before(void **state)
{
    (void)state;
    uint64_t missing;
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(run_chain_judge(&chains[i], &runs[i], &missing), RUN_CHAIN_FOLLOWS);
        assert_int_equal(run_chain_judge(&chains[i + 1], &runs[i], &missing), RUN_CHAIN_KNOWN);
        if (i)
            assert_int_equal(run_chain_judge(&chains[i + 1], &runs[i - 1], &missing), RUN_CHAIN_OLD);
    }
}

static void what_was_left_out_is_counted(void **state)
{
    (void)state;
    uint64_t missing;
    assert_int_equal(run_chain_judge(&chains[2], &runs[5], &missing), RUN_CHAIN_BROKEN);
    assert_int_equal(missing, 3);
}

#define CHANGED(change)                                                                                                \
    do {                                                                                                               \
        struct envelope_run run = runs[4];                                                                             \
        change;                                                                                                        \
        assert_int_equal(run_chain_judge(&chains[4], &run, &missing), RUN_CHAIN_BROKEN);                               \
        assert_int_equal(missing, 0);                                                                                  \
    } while (0)

static void nothing_that_is_said_can_be_changed(void **state)
{
    (void)state;
    uint64_t missing;
    CHANGED(run.document = "ff112233445566778899aabbccddeeff");
    CHANGED(run.document_version = 2);
    CHANGED(run.occurrence++);
    CHANGED(run.run_state = RUN_STATE_DONE);
    CHANGED(run.time++);
    CHANGED(run.code = NULL);
    CHANGED(run.reason = "another one");
    CHANGED(run.exit_status = 0);
    CHANGED(run.has_exit_status = false);
    CHANGED(run.has_signal = true);
    CHANGED(run.has_output_bytes = true);
    CHANGED(run.has_output_cut = true);
    CHANGED(run.chain = heads[5]);
    CHANGED(run.chain = NULL);
    CHANGED(run.chain_link = 0);
}

static void a_chain_that_was_set_back_parts(void **state)
{
    (void)state;
    uint64_t missing;
    struct envelope_run other = runs[7];
    other.chain = heads[3];
    assert_int_equal(run_chain_judge(&chains[8], &other, &missing), RUN_CHAIN_BROKEN);
}

int main(void)
{
    crypto_open();
    make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_follows_from_the_one_before),
        cmocka_unit_test(what_was_left_out_is_counted),
        cmocka_unit_test(nothing_that_is_said_can_be_changed),
        cmocka_unit_test(a_chain_that_was_set_back_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
