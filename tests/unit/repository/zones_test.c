/* Zones by name: what cannot be read now is not taken for what is not there. */
#include "tests/unit/unit.h"

#include <sys/resource.h>

#include "lib/problem.h"
#include "lib/repository/zones.h"

static void knows_each_once(void **state)
{
    (void)state;
    struct zones zones = { 0 };
    const struct zone *one, *other;
    assert_int_equal(zones_find(&zones, "Europe/Berlin", &one, NULL), 0);
    assert_non_null(one);
    assert_int_equal(zones_find(&zones, "Europe/Berlin", &other, NULL), 0);
    assert_ptr_equal(one, other);
    assert_int_equal(zones_find(&zones, "Europe/Atlantis", &one, NULL), 0);
    assert_null(one);
    assert_int_equal(zones.count, 2);
    zones_free(&zones);
}

static void forgets_what_it_could_not_read(void **state)
{
    (void)state;
    struct zones zones = { 0 };
    const struct zone *zone;
    struct problem problem;
    struct rlimit files, none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    none = (struct rlimit){ 0, files.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int error = zones_find(&zones, "Europe/Berlin", &zone, &problem);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    assert_int_equal(error, -1);
    assert_string_equal(problem.code, "file");
    assert_int_equal(zones_find(&zones, "Europe/Berlin", &zone, NULL), 0);
    assert_non_null(zone);
    zones_free(&zones);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_each_once),
        cmocka_unit_test(forgets_what_it_could_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
