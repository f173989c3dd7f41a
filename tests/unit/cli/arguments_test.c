#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/arguments.h"
#include "cli/command.h"
#include "lib/problem.h"

static const struct command row = {
    .words = "thing do",
    .arguments = {
        { "ID", NULL, "agent", AS_TEXT, true, false, NULL },
        { "--name", "NAME", "name", AS_TEXT, false, false, NULL },
        { "--class", "CLASS", NULL, AS_TEXT, false, true, NULL },
        { "--watch", NULL, NULL, AS_FLAG, false, false, NULL },
        { "--signer", "FINGERPRINT", NULL, AS_FINGERPRINT, false, false, NULL },
    },
};

#define ARGV(...)                                                                                                      \
    {                                                                                                                  \
        "vedette", __VA_ARGS__, NULL                                                                                   \
    }
#define COUNT(argv) ((int)(sizeof(argv) / sizeof(argv[0])) - 1)

static void global_options_stand_anywhere(void **state)
{
    (void)state;
    char *argv[] = ARGV("--state", "d", "agents", "--json", "show", "7", "--url=https://x");
    int argc = COUNT(argv);
    struct globals globals;
    struct problem problem;
    assert_int_equal(arguments_globals(&argc, argv, &globals, &problem), 0);
    assert_string_equal(globals.state, "d");
    assert_string_equal(globals.url, "https://x");
    assert_true(globals.json);
    assert_int_equal(argc, 3);
    assert_string_equal(argv[0], "agents");
    assert_string_equal(argv[2], "7");
}

static void behind_two_dashes_nothing_is_an_option(void **state)
{
    (void)state;
    char *argv[] = ARGV("thing", "do", "--", "--json");
    int argc = COUNT(argv);
    struct globals globals;
    struct given given;
    struct problem problem;
    assert_int_equal(arguments_globals(&argc, argv, &globals, &problem), 0);
    assert_false(globals.json);
    assert_int_equal(arguments_parse(&row, argc - 2, argv + 2, &given, &problem), 0);
    assert_string_equal(given_value(&row, &given, "ID"), "--json");
}

static void a_global_option_without_its_value_is_refused(void **state)
{
    (void)state;
    char *without[] = ARGV("agents", "--state"), *with[] = ARGV("--json=yes");
    int n_without = COUNT(without), n_with = COUNT(with);
    struct globals globals = { .state = "as before" };
    struct problem problem;
    assert_int_equal(arguments_globals(&n_without, without, &globals, &problem), -1);
    assert_int_equal(arguments_globals(&n_with, with, &globals, &problem), -1);
    assert_string_equal(globals.state, "as before");
}

static void arguments_go_where_their_row_says(void **state)
{
    (void)state;
    char *argv[] = { "--name", "web 1", "7", "--class=ops", "--class", "fleet", "--watch" };
    struct given given;
    struct problem problem;
    assert_int_equal(arguments_parse(&row, 7, argv, &given, &problem), 0);
    assert_string_equal(given_value(&row, &given, "ID"), "7");
    assert_string_equal(given_value(&row, &given, "--name"), "web 1");
    assert_non_null(given_value(&row, &given, "--watch"));
    size_t class = argument_index(&row, "--class");
    assert_int_equal(given.n[class], 2);
    assert_string_equal(given.values[class][1], "fleet");
}

static void a_fingerprint_has_its_form(void **state)
{
    (void)state;
    static char good[] = "1b1498acaae692a4524413fd7b805cd2fbd6e6efebd7c781ad9a0c2a9eb583d9";
    static char *bad[] = { "", "alice", "1b14", "1B1498ACAAE692A4524413FD7B805CD2FBD6E6EFEBD7C781AD9A0C2A9EB583D9",
        "1b1498acaae692a4524413fd7b805cd2fbd6e6efebd7c781ad9a0c2a9eb583d90" };
    struct given given;
    struct problem problem;
    assert_int_equal(arguments_parse(&row, 3, (char *[]){ "7", "--signer", good }, &given, &problem), 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(arguments_parse(&row, 3, (char *[]){ "7", "--signer", bad[i] }, &given, &problem), -1);
        assert_string_equal(problem.field, "--signer");
    }
}

static void what_does_not_fit_the_row_is_refused(void **state)
{
    (void)state;
    struct {
        int n;
        char *argv[4];
        const char *reason;
    } cases[] = {
        { 0, { 0 }, "needs ID" },
        { 2, { "7", "8" }, "does not take \"8\"" },
        { 2, { "7", "--nmae=x" }, "no option --nmae" },
        { 2, { "7", "--name" }, "--name needs NAME" },
        { 3, { "7", "--name=a", "--name=b" }, "stands twice" },
        { 2, { "7", "--watch=1" }, "takes no value" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct given given;
        struct problem problem;
        assert_int_equal(arguments_parse(&row, cases[i].n, cases[i].argv, &given, &problem), -1);
        assert_non_null(strstr(problem.reason, cases[i].reason));
    }
}

static void more_values_than_there_is_room_for_are_refused(void **state)
{
    (void)state;
    char *argv[VALUES_MAX + 2] = { "7" };
    struct given given;
    struct problem problem;
    for (size_t i = 1; i < VALUES_MAX + 2; i++)
        argv[i] = "--class=ops";
    assert_int_equal(arguments_parse(&row, VALUES_MAX + 1, argv, &given, &problem), 0);
    assert_int_equal(arguments_parse(&row, VALUES_MAX + 2, argv, &given, &problem), -1);
}

static void durations_have_units(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int64_t s;
    } good[] = { { "90", 90 }, { "90s", 90 }, { "15m", 900 }, { "1h", 3600 }, { "7d", 604800 }, { "0", 0 } };
    const char *const bad[] = { "", "h", "-1h", "1 h", "1w", "1.5h", " 1h", "99999999999999999999", "9999999999d" };
    int64_t s;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(duration_parse(good[i].text, &s), 0);
        assert_int_equal(s, good[i].s);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(duration_parse(bad[i], &s), -1);
}

static void an_end_is_a_time_or_a_duration_from_now(void **state)
{
    (void)state;
    int64_t ms;
    assert_int_equal(until_parse("2h", 1000, &ms), 0);
    assert_int_equal(ms, 7201000);
    assert_int_equal(until_parse("1970-01-01T00:00:05Z", 1000, &ms), 0);
    assert_int_equal(ms, 5000);
    assert_int_equal(until_parse("tomorrow", 1000, &ms), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(global_options_stand_anywhere),
        cmocka_unit_test(behind_two_dashes_nothing_is_an_option),
        cmocka_unit_test(a_global_option_without_its_value_is_refused),
        cmocka_unit_test(arguments_go_where_their_row_says),
        cmocka_unit_test(a_fingerprint_has_its_form),
        cmocka_unit_test(what_does_not_fit_the_row_is_refused),
        cmocka_unit_test(more_values_than_there_is_room_for_are_refused),
        cmocka_unit_test(durations_have_units),
        cmocka_unit_test(an_end_is_a_time_or_a_duration_from_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
