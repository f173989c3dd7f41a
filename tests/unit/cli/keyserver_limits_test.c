/* What a restore key service counts and keeps: keys by hour and document, commits in pieces, and its record. */
#include "tests/unit/unit.h"

#include <unistd.h>

#include "cli/keyserver/commits.h"
#include "cli/keyserver/limits.h"
#include "cli/keyserver/record.h"
#include "lib/problem.h"
#include "tests/unit/folder.h"

#define HOUR_MS INT64_C(3600000)
#define AGENT "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define OTHER "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
#define HASH "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

static void keys_are_counted_by_hour(void **state)
{
    (void)state;
    struct limits limits = { .keys_an_hour = 10 };
    struct problem problem;
    assert_int_equal(limits_keys(&limits, "a", 100, 8, HOUR_MS, &problem), 0);
    assert_int_equal(limits_keys(&limits, "b", 100, 3, HOUR_MS, &problem), -1);
    assert_string_equal(problem.code, "too-many");
    assert_int_equal(limits_keys(&limits, "b", 100, 2, HOUR_MS, &problem), 0);
    assert_int_equal(limits_keys(&limits, "b", 100, 10, 2 * HOUR_MS, &problem), 0);
}

static void and_by_document(void **state)
{
    (void)state;
    struct limits limits = { .keys_an_hour = 1000000 };
    for (int i = 0; i < LIMITS_REPEATS; i++)
        assert_int_equal(limits_keys(&limits, "a", 9, 10, i * HOUR_MS, NULL), 0);
    assert_int_equal(limits_keys(&limits, "a", 9, 1, 9 * HOUR_MS, NULL), -1);
    assert_int_equal(limits_keys(&limits, "b", 9, 1, 9 * HOUR_MS, NULL), 0);
}

static void refusals_are_told_up_to_a_number(void **state)
{
    (void)state;
    struct limits limits = { 0 };
    for (int i = 0; i < LIMITS_REFUSALS_AN_HOUR; i++)
        assert_true(limits_refusal(&limits, HOUR_MS));
    assert_false(limits_refusal(&limits, HOUR_MS));
    assert_int_equal(limits.untold, 1);
    assert_true(limits_refusal(&limits, 2 * HOUR_MS));
}

static int add(struct commits *commits, const char *agent, uint64_t offset, const char *data)
{
    const struct envelope_keys_commit piece = { HASH, 6, offset, data };
    return commits_add(commits, agent, &piece, NULL);
}

static void commits_come_in_order(void **state)
{
    (void)state;
    struct commits commits = { 0 };
    assert_int_equal(add(&commits, AGENT, 3, "ZGVm"), -1);
    assert_int_equal(add(&commits, AGENT, 0, "YWJj"), 0);
    assert_null(commits_find(&commits, AGENT, HASH));
    assert_int_equal(add(&commits, AGENT, 3, "ZGVmZw=="), -1); /* one too many */
    assert_int_equal(add(&commits, AGENT, 3, "not base64"), -1);
    assert_int_equal(add(&commits, AGENT, 3, "ZGVm"), 0);
    assert_memory_equal(commits_find(&commits, AGENT, HASH)->data, "abcdef", 6);
    assert_null(commits_find(&commits, OTHER, HASH));
    assert_int_equal(add(&commits, AGENT, 0, "YWJj"), 0); /* begun anew */
    assert_null(commits_find(&commits, AGENT, HASH));
    commits_free(&commits);
}

static void many_agents_take_no_more_room(void **state)
{
    (void)state;
    struct commits commits = { 0 };
    char agent[FINGERPRINT_HEX_BYTES];
    assert_int_equal(add(&commits, AGENT, 0, "YWJjZGVm"), 0);
    for (int i = 0; i < 3 * COMMITS_MAX; i++) {
        snprintf(agent, sizeof(agent), "%064d", i);
        assert_int_equal(add(&commits, agent, 0, "YWJjZGVm"), 0);
        assert_non_null(commits_find(&commits, AGENT, HASH)); /* used lately */
    }
    commits_free(&commits);
}

static void the_record_goes_on_behind_a_torn_line(void **state)
{
    (void)state;
    char folder[FOLDER_BYTES], path[256], text[4096];
    struct record record;
    folder_make(folder);
    snprintf(path, sizeof(path), "%s/record", folder);
    assert_int_equal(record_open(&record, path, NULL), 0);
    assert_int_equal(record_add(&record, json_pack("{ss}", "did", "one"), 0, NULL), 0);
    assert_int_equal(write(record.fd, "torn", 4), 4);
    record_close(&record);
    assert_int_equal(record_open(&record, path, NULL), 0);
    assert_string_equal(record.before, "00cc10cc5ab0a89fbf4d84a229bf234e739ba6294a832d2c042ce8d9a1949cf7");
    assert_int_equal(record_add(&record, json_pack("{ss}", "did", "two"), 0, NULL), 0);
    record_close(&record);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    assert_non_null(strstr(text, "\ntorn\n{\"did\":\"two\""));
    folder_remove(folder);
}

int main(void)
{
    crypto_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_counted_by_hour),
        cmocka_unit_test(and_by_document),
        cmocka_unit_test(refusals_are_told_up_to_a_number),
        cmocka_unit_test(commits_come_in_order),
        cmocka_unit_test(many_agents_take_no_more_room),
        cmocka_unit_test(the_record_goes_on_behind_a_torn_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
