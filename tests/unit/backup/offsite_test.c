/* When people are told that the server's own backup is late, and when that it is not any more. */
#include "tests/unit/unit.h"

#include "services/backup/offsite.h"

static void one_place_is_late_and_comes_back(void **state)
{
    (void)state;
    struct offsite offsite = { .since_ms = 900000 };
    bool changed[OFFSITE_TARGETS_MAX];
    offsite_judge(&offsite, "1000500\nnas 59000 3 4711 cannot reach it\nother 0 0 0 \n", 1001000, changed);
    assert_null(offsite_late(&offsite));
    offsite_judge(&offsite, "1001500\nnas 61000 3 4711 cannot reach it\nother 0 0 0 \n", 1002000, changed);
    assert_non_null(offsite_late(&offsite));
    assert_string_equal(offsite_late(&offsite)->name, "nas");
    assert_string_equal(offsite_late(&offsite)->reason, "cannot reach it");
    assert_true(changed[offsite_late(&offsite) - offsite.all]);
    offsite_judge(&offsite, "1002500\nnas 30000 3 4711 cannot reach it\nother 0 0 0 \n", 1003000, changed);
    assert_non_null(offsite_late(&offsite)); /* it is told once, not each time that it is about a minute */
    offsite_judge(&offsite, "1003500\nnas 500 1 300 \nother 0 0 0 \n", 1004000, changed);
    assert_null(offsite_late(&offsite));
}

static void what_is_late_at_a_start_is_told_when_it_stays(void **state)
{
    (void)state;
    struct offsite offsite = { .since_ms = 1000000 };
    bool changed[OFFSITE_TARGETS_MAX];
    offsite_judge(&offsite, "1000500\nnas 7200000 3 4711 \n", 1001000, changed);
    assert_null(offsite_late(&offsite));
    offsite_judge(&offsite, "1060000\nnas 7259500 3 4711 \n", 1060000, changed);
    assert_null(offsite_late(&offsite));
    offsite_judge(&offsite, "1060500\nnas 7260000 3 4711 \n", 1060500, changed);
    assert_string_equal(offsite_late(&offsite)->name, "nas");
    assert_int_equal(offsite_late(&offsite)->behind_ms, 7260000);
}

static void that_nobody_says_anything_is_late_too(void **state)
{
    (void)state;
    struct offsite offsite = { .since_ms = 1000000 };
    bool changed[OFFSITE_TARGETS_MAX];
    offsite_judge(&offsite, NULL, 1059000, changed); /* at a start nobody had to have said anything */
    assert_null(offsite_late(&offsite));
    offsite_judge(&offsite, NULL, 1061000, changed);
    assert_string_equal(offsite_late(&offsite)->name, "all");
    offsite_judge(&offsite, "1061500\n", 1062000, changed);
    assert_null(offsite_late(&offsite));
    offsite_judge(&offsite, "nonsense\n\n\nnas\nnas x 0 0 \n", 1062000, changed);
    assert_int_equal(offsite.n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_place_is_late_and_comes_back),
        cmocka_unit_test(what_is_late_at_a_start_is_told_when_it_stays),
        cmocka_unit_test(that_nobody_says_anything_is_late_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
