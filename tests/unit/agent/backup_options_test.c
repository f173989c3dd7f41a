/* What the backup program is told: each option to its place, and what is wrong is refused. */
#include <getopt.h>
#include <stdio.h>

#include "agent/backup/paths.h"
#include "tests/unit/unit.h"

#define ID "0123456789abcdef0123456789abcdef"

static int parse(struct backup_options *ret, int argc, const char *const *argv)
{
    optind = 0; /* getopt(3): from the beginning */
    return options_parse(argc, (char **)argv, ret);
}
#define PARSE(ret, ...)                                                                                                \
    parse(ret, sizeof((const char *[]){ "b", __VA_ARGS__ }) / sizeof(char *),                                          \
        (const char *[]){ "b", __VA_ARGS__, NULL })

static void each_to_its_place(void **state)
{
    (void)state;
    struct backup_options given;
    assert_int_equal(
        PARSE(&given, "--state", "/tmp", "--home", "/usr", "--targets", "t.conf", "--target", "disk", "--anchor",
            "--class", "weekly", "--slot", "2026-11-22", "--kept-until", "2026-11-23", "--zone", "Europe/Oslo",
            "--backup", ID, "--base", ID, "--deployment", ID, "--bandwidth", "5000", "--cpu", "50", "--ordered",
            "--plan", ID, "--commit-to", "c", "--commit-by", "1700000000", "--dump", "ldap", "/usr"),
        0);
    assert_string_equal(given.state, "/tmp");
    assert_string_equal(given.home, "/usr");
    assert_string_equal(given.targets, "t.conf");
    assert_string_equal(given.target, "disk");
    assert_true(given.anchor && given.ordered && !given.confined);
    assert_int_equal(given.class, BACKUP_CLASS_WEEKLY);
    assert_int_equal(given.slot + 1, given.kept_until);
    assert_string_equal(given.zone, "Europe/Oslo");
    assert_string_equal(given.backup, ID);
    assert_string_equal(given.base, ID);
    assert_string_equal(given.deployment, ID);
    assert_string_equal(given.plan, ID);
    assert_int_equal(given.bandwidth_bytes_s, 5000);
    assert_int_equal(given.cpu_percent, 50);
    assert_string_equal(given.commit_to, "c");
    assert_int_equal(given.commit_by_s, 1700000000);
    assert_int_equal(given.n_dumps, 1);
    assert_string_equal(given.dumps[0], "ldap");
    assert_int_equal(given.n_paths, 1);
    assert_string_equal(given.paths[0], "/usr");
    paths_free(&given);
}

static void paths_are_in_order_and_none_within_another(void **state)
{
    (void)state;
    struct backup_options given;
    assert_int_equal(PARSE(&given, "--target", "disk", "--within", "/usr", "--within", "/nowhere", "--exclude",
                         "/usr/bin", "/usr/share", "/usr/bin/env", "/usr/bin"),
        0);
    assert_int_equal(given.n_paths, 2);
    assert_string_equal(given.paths[0], "/usr/bin");
    assert_string_equal(given.paths[1], "/usr/share");
    assert_int_equal(given.n_excluded, 1);
    assert_string_equal(given.excluded[0], "/usr/bin");
    assert_true(given.confined);
    assert_int_equal(given.n_within, 1);
    assert_int_equal(paths_check(&given, NULL), 0);
    free(given.within[0]);
    given.within[0] = strdup("/usr/bin");
    assert_int_equal(paths_check(&given, NULL), -1);
    paths_free(&given);
}

static void refuses(void **state)
{
    static const char *const wrong[][2] = { { "--slot", "22.11.2026" }, { "--class", "hourly" }, { "--backup", "1" },
        { "--cpu", "101" }, { "--cpu", "0" }, { "--cpu", "-1" }, { "--bandwidth", "5k" }, { "--dump", "../x" },
        { "--exclude", "x" }, { "--state", "/nowhere" }, { "--no-such", "x" } };
    (void)state;
    struct backup_options given;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_int_equal(PARSE(&given, "--target", "disk", wrong[i][0], wrong[i][1], "/usr"), -1);
    assert_int_equal(PARSE(&given, "/usr"), -1);
    assert_int_equal(PARSE(&given, "--target", "disk"), -1);
    assert_int_equal(PARSE(&given, "--target", "disk", "/nowhere"), -1);
    assert_int_equal(PARSE(&given, "--target", "disk", "--help"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_to_its_place),
        cmocka_unit_test(paths_are_in_order_and_none_within_another),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
