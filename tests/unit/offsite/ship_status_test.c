/* How far behind a target is. */
#include "tests/unit/unit.h"

#include "offsite/ship/status.h"

#define BEGAN_MS 1000000000

static void a_target_that_was_not_looked_at_yet_is_not_behind(void **state)
{
    (void)state;
    struct line_status line;
    line_begin(&line, "nas", BEGAN_MS);
    assert_string_equal(line.target, "nas");
    assert_int_equal(line_behind_ms(&line, BEGAN_MS + 1000), 0);
    assert_int_equal(line_behind_ms(&line, BEGAN_MS + 61000), 61000);
}

static void a_copier_that_never_copied_is_behind_since_we_look(void **state)
{
    (void)state;
    struct line_status line;
    line_begin(&line, "nas", BEGAN_MS);
    for (int set = 0; set < SERVER_SET_COUNT; set++) {
        const struct waiting found = { .copied_s = set ? BEGAN_MS / 1000 + 30 : 0 };
        line_note(&line, (enum server_set)set, &found, NULL, BEGAN_MS + 30000);
    }
    assert_int_equal(line_behind_ms(&line, BEGAN_MS + 31000), 31000);
}

static void what_waits_is_behind_until_it_is_there(void **state)
{
    (void)state;
    struct line_status line;
    const struct problem problem = { .reason = "cannot reach it" };
    struct waiting found = {
        .objects = 3, .bytes = 4711, .oldest_s = BEGAN_MS / 1000 - 20, .copied_s = BEGAN_MS / 1000
    };
    line_begin(&line, "nas", BEGAN_MS);
    line_note(&line, SERVER_AUDIT, &found, &problem, BEGAN_MS);
    assert_int_equal(line_behind_ms(&line, BEGAN_MS), 20000);
    assert_int_equal(line_waiting(&line).bytes, 4711);
    assert_string_equal(line.problem, "cannot reach it");
    line_note(&line, SERVER_AUDIT, &found, NULL, BEGAN_MS);
    assert_int_equal(line_behind_ms(&line, BEGAN_MS), 0);
    assert_int_equal(line_waiting(&line).objects, 0);
    assert_string_equal(line.problem, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_that_was_not_looked_at_yet_is_not_behind),
        cmocka_unit_test(a_copier_that_never_copied_is_behind_since_we_look),
        cmocka_unit_test(what_waits_is_behind_until_it_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
