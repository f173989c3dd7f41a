/* The increments of a backup, as a target lists them that tells some twice: its line was cut meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/server/increments.h"
#include "lib/problem.h"
#include "lib/target/transport.h"

#define AGENT 7
#define BACKUP "00112233445566778899aabbccddeeff"

static enum target_result list_again(
    struct target *target, const char *folder, target_lister lister, void *arg, struct problem *problem)
{
    static const uint32_t numbers[] = { 1, 2, 1, 2, 3 };
    (void)target, (void)folder, (void)problem;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const uint8_t hash[INCREMENT_HASH_BYTES] = { (uint8_t)numbers[i] };
        char name[OBJECT_NAME_BYTES];
        name_increment(name, AGENT, BACKUP, numbers[i], hash);
        if (lister(arg, &(struct target_object){ name, 100, 0 }))
            return TARGET_STOPPED;
    }
    return TARGET_DONE;
}

static void test_what_is_told_twice_is_one(void **state)
{
    (void)state;
    static const struct transport transport = { .list = list_again };
    struct target target = { .transport = &transport };
    struct increments increments = { .target = &target, .agent = AGENT, .backup = BACKUP };
    struct problem problem;
    assert_int_equal(increments_list(&increments, &problem), 0);
    assert_int_equal(increments.n, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(increments.all[i].number, i + 1);
    increments_free(&increments);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_what_is_told_twice_is_one) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
