/* Some hundred histories of repositories and their pruner: tests/prune/history.h says what must hold. `make faults`
 * lives a million. */
#include "tests/prune/histories.h"
#include "tests/unit/unit.h"

#define HISTORIES 500

static void nothing_is_broken(void **state)
{
    struct histories *all = histories_open();
    (void)state;
    assert_non_null(all);
    for (uint64_t i = 1; i <= HISTORIES; i++) {
        const char *broken = histories_run(all, i, &retention_rules);
        if (broken)
            fail_msg("history %lu: %s", (unsigned long)i, broken);
    }
    prune_memory_free(&all->one.memory);
    prune_memory_free(&all->other.memory);
    histories_free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(nothing_is_broken) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
