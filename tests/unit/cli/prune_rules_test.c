/* Rules of pruning: stricter is allowed, looser is not, and every mistake is told with its line. */
#include <stdio.h>

#include "cli/prune/rules.h"
#include "lib/problem.h"
#include "tests/unit/unit.h"

#define BACKUP "00112233445566778899aabbccddeeff"

static void values(void **state)
{
    struct prune_rules rules;
    (void)state;
    assert_int_equal(prune_rules_parse("r", "", &rules, NULL), 0);
    assert_int_equal(rules.retention.spans[BACKUP_CLASS_DAILY].days, 6);
    assert_int_equal(rules.retention.fulls, 3);
    assert_null(rules.zone);
    prune_rules_free(&rules);
    assert_int_equal(prune_rules_parse("r",
                         "# strict\nnewest_fulls = 5\ndaily_days=9 # here\nweekly_months = 6\nzone = Asia/Tokyo\n"
                         "hold = 7\nhold = 8/" BACKUP "\naccept = 9/" BACKUP "\n",
                         &rules, NULL),
        0);
    assert_int_equal(rules.retention.fulls, 5);
    assert_int_equal(rules.retention.spans[BACKUP_CLASS_DAILY].days, 9);
    assert_int_equal(rules.retention.spans[BACKUP_CLASS_WEEKLY].months, 6);
    assert_non_null(rules.zone);
    assert_true(prune_rules_mark(&rules, PRUNE_HOLD, 7, BACKUP));
    assert_true(prune_rules_mark(&rules, PRUNE_HOLD, 8, BACKUP));
    assert_false(prune_rules_mark(&rules, PRUNE_HOLD, 8, "11112233445566778899aabbccddeeff"));
    assert_false(prune_rules_mark(&rules, PRUNE_HOLD, 9, BACKUP));
    assert_true(prune_rules_mark(&rules, PRUNE_ACCEPT, 9, BACKUP));
    prune_rules_free(&rules);
}

static void signers(void **state)
{
    struct prune_rules rules;
    char text[256], key[PRUNE_SIGNER_BYTES] = { 0 }, other[PRUNE_SIGNER_BYTES] = { 0 };
    (void)state;
    memset(key, 'a', PRUNE_SIGNER_BYTES - 1);
    memset(other, 'b', PRUNE_SIGNER_BYTES - 1);
    snprintf(text, sizeof(text), "signer = 7/%s\n", key);
    assert_int_equal(prune_rules_parse("r", text, &rules, NULL), 0);
    assert_true(prune_rules_signer(&rules, 7, key));
    assert_false(prune_rules_signer(&rules, 7, other));
    assert_true(prune_rules_signer(&rules, 8, other));
    prune_rules_free(&rules);
}

/* What the example shows in remarks is what holds, and may be written. */
static void the_example_is_understood(void **state)
{
    static char text[65536], line[512];
    struct prune_rules rules;
    struct problem problem;
    FILE *file = fopen("deploy/examples/prune.rules", "re");
    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file))
        strcat(text, !strncmp(line, "# ", 2) && strstr(line, " = ") ? line + 2 : line);
    fclose(file);
    if (prune_rules_parse("example", text, &rules, &problem))
        fail_msg("%s", problem.reason);
    assert_memory_equal(&rules.retention, &retention_rules, sizeof(retention_rules));
    assert_non_null(rules.zone);
    assert_true(rules.n_marks >= 6);
    prune_rules_free(&rules);
}

static void mistakes(void **state)
{
    static const struct {
        const char *text, *reason;
    } rows[] = {
        { "newest_fulls = 2", "r:1: newest_fulls must be a whole number from 3 to 64, not 2" },
        { "\ncondemned_hours = 71", "r:2: condemned_hours must be a whole number from 72 to 720, not 71" },
        { "stop_deleted_percent = 21", "r:1: stop_deleted_percent must be a whole number from 1 to 20, not 21" },
        { "stop_small_percent = 49", "r:1: stop_small_percent must be a whole number from 50 to 99, not 49" },
        { "stop_changed_percent = 41", "r:1: stop_changed_percent must be a whole number from 1 to 40, not 41" },
        { "stop_jump_minutes = 61", "r:1: stop_jump_minutes must be a whole number from 1 to 60, not 61" },
        { "daily_days = -1", "r:1: daily_days must be a whole number from 0 to 3660, not -1" },
        { "daily_days = 6 days", "r:1: daily_days must be a whole number from 0 to 3660, not 6 days" },
        { "daily_days = 6\ndaily_days = 6", "r:2: daily_days stands twice" },
        { "dayly_days = 6", "r:1: there is no key dayly_days" },
        { "daily_days", "r:1: not `key = value`" },
        { "hold = 0", "r:1: hold must be AGENT or AGENT/BACKUP, not 0" },
        { "accept = 7", "r:1: accept must be AGENT/BACKUP, not 7" },
        { "zone = Mars/Base",
            "r:1: zone must be a time zone, as Europe/Berlin: there is no time zone Mars/Base here (package tzdata)" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct prune_rules rules;
        struct problem problem;
        assert_int_equal(prune_rules_parse("r", rows[i].text, &rules, &problem), -1);
        assert_string_equal(problem.reason, rows[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(signers),
        cmocka_unit_test(the_example_is_understood),
        cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
