#include "agent/watch/definitions.h"

#include "lib/problem.h"
#include "tests/unit/unit.h"

#define DOCUMENT "0123456789abcdef0123456789abcdef"
#define ONE(watches) "{\"documents\":[{\"document\":\"" DOCUMENT "\",\"version\":2,\"watches\":[" watches "]}]}"

static struct definitions parsed(const char *text)
{
    struct definitions all;
    struct problem problem = { 0 };
    if (definitions_parse(text, strlen(text), &all, &problem))
        fail_msg("%s: %s", problem.field, problem.reason);
    return all;
}

static void refused(const char *text, const char *field)
{
    struct definitions all;
    struct problem problem = { 0 };
    assert_int_equal(definitions_parse(text, strlen(text), &all, &problem), -1);
    assert_string_equal(problem.field, field);
}

static void test_a_watch(void **state)
{
    (void)state;
    struct definitions all =
        parsed(ONE("{\"name\":\"root\",\"kind\":\"disk\",\"path\":\"/\",\"warning\":80,\"warning_clear\":75,\"critical\":95,"
                   "\"after_samples\":3,\"after_s\":120,\"windows\":\"Sun 02:00-05:00\"}"));
    assert_int_equal(all.n, 1);
    const struct definition *one = &all.items[0];
    assert_string_equal(one->document, DOCUMENT);
    assert_int_equal(one->watch.kind, WATCH_KIND_DISK);
    assert_int_equal(one->every_ms, 60000);
    assert_int_equal(one->rule.side, SIDE_ABOVE);
    assert_int_equal(one->rule.warning.enter, 80000);
    assert_int_equal(one->rule.warning.clear, 75000);
    assert_int_equal(one->rule.critical.clear, 95000);
    assert_int_equal(one->rule.after_ms, 120000);
    assert_int_equal(one->rule.clear_samples, 1);
    assert_true(one->has_windows);
    definitions_free(&all);
}

static void test_dependency(void **state)
{
    (void)state;
    struct definitions all = parsed(ONE("{\"name\":\"router\",\"kind\":\"ping\",\"host\":\"192.0.2.1\"},"
                                        "{\"name\":\"site\",\"kind\":\"http\",\"url\":\"http://192.0.2.9/\",\"depends_on\":\"router\"}"));
    assert_int_equal(all.items[0].depends_on, -1);
    assert_int_equal(all.items[1].depends_on, 0);
    definitions_free(&all);
}

static void test_a_name_that_is_taken(void **state)
{
    (void)state;
    struct definitions all = parsed("{\"documents\":[{\"document\":\"" DOCUMENT
                                    "\",\"version\":1,\"watches\":[{\"name\":\"a\",\"kind\":\"cpu\"}]},"
                                    "{\"document\":\"fedcba9876543210fedcba9876543210\",\"version\":1,\"watches\":["
                                    "{\"name\":\"a\",\"kind\":\"load\"},{\"name\":\"b\",\"kind\":\"load\",\"depends_on\":\"a\"}]}]}");
    assert_int_equal(all.n, 2);
    assert_int_equal(all.left_out, 1);
    assert_int_equal(all.items[0].watch.kind, WATCH_KIND_CPU);
    assert_int_equal(all.items[1].depends_on, -1); /* not on another document's */
    definitions_free(&all);
}

static void test_none(void **state)
{
    (void)state;
    struct definitions all = parsed("{\"documents\":[]}");
    assert_int_equal(all.n, 0);
    definitions_free(&all);
    assert_int_equal(definitions_load("/nonexistent/watches.json", &all, NULL), 0);
    assert_int_equal(all.n, 0);
}

static void test_parameters_are_those_of_the_kind(void **state)
{
    (void)state;
    refused(ONE("{\"name\":\"a\",\"kind\":\"disk\"}"), "path");
    refused(ONE("{\"name\":\"a\",\"kind\":\"cpu\",\"path\":\"/\"}"), "path");
    refused(ONE("{\"name\":\"a\",\"kind\":\"disk\",\"path\":\"tmp\"}"), "path");
    refused(ONE("{\"name\":\"a\",\"kind\":\"tcp\",\"host\":\"h\"}"), "port");
    refused(ONE("{\"name\":\"a\",\"kind\":\"certificate\",\"host\":\"h\"}"), "path");
    refused(ONE("{\"name\":\"a\",\"kind\":\"certificate\",\"host\":\"h\",\"port\":1,\"path\":\"/x\"}"), "path");
    refused(ONE("{\"name\":\"a\",\"kind\":\"http\",\"url\":\"ftp://h/\"}"), "url");
    refused(ONE("{\"name\":\"a\",\"kind\":\"smart\",\"device\":\"/tmp/x\"}"), "device");
    refused(ONE("{\"name\":\"a\",\"kind\":\"script\"}"), "argv");
    refused(ONE("{\"name\":\"a\",\"kind\":\"guess\"}"), "kind");
    refused(ONE("{\"name\":\"a\",\"kind\":\"cpu\",\"color\":1}"), "color");
}

static void test_thresholds_are_in_order(void **state)
{
    (void)state;
    refused(ONE("{\"name\":\"a\",\"kind\":\"cpu\",\"warning\":95,\"critical\":80}"), "critical");
    refused(ONE("{\"name\":\"a\",\"kind\":\"cpu\",\"warning\":80,\"warning_clear\":81}"), "warning_clear");
    refused(ONE("{\"name\":\"a\",\"kind\":\"cpu\",\"critical\":80,\"critical_clear\":81}"), "critical_clear");
    refused(ONE("{\"name\":\"a\",\"kind\":\"cpu\",\"warning_clear\":1}"), "warning_clear");
    refused(ONE("{\"name\":\"a\",\"kind\":\"process\",\"process\":\"x\",\"warning\":1,\"critical\":2}"), "critical");
    struct definitions all = parsed(ONE("{\"name\":\"a\",\"kind\":\"process\",\"process\":\"x\",\"side\":\"above\",\"warning\":1,\"critical\":2}"));
    assert_int_equal(all.items[0].rule.side, SIDE_ABOVE);
    definitions_free(&all);
}

static void test_names(void **state)
{
    (void)state;
    refused(ONE("{\"name\":\"a\",\"kind\":\"cpu\"},{\"name\":\"a\",\"kind\":\"load\"}"), "name");
    refused(ONE("{\"name\":\"a\",\"kind\":\"cpu\",\"depends_on\":\"b\"},{\"name\":\"b\",\"kind\":\"load\"}"), "depends_on");
    refused(ONE("{\"name\":\"a\",\"kind\":\"cpu\",\"depends_on\":\"a\"}"), "depends_on");
}

static void test_the_file_around_them(void **state)
{
    (void)state;
    refused("{}", "documents");
    refused("{\"documents\":[],\"more\":1}", "documents");
    refused("{\"documents\":[{\"document\":\"x\",\"version\":1,\"watches\":[]}]}", "document");
    refused("{\"documents\":[{\"document\":\"" DOCUMENT "\",\"version\":1,\"watches\":{}}]}", "watches");
    refused("{\"documents\":[{\"document\":\"" DOCUMENT "\",\"watches\":[]}]}", "documents");
    refused(ONE("{\"name\":\"a\",\"kind\":\"cpu\",\"windows\":\"whenever\"}"), "windows");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_watch),
        cmocka_unit_test(test_dependency),
        cmocka_unit_test(test_a_name_that_is_taken),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_parameters_are_those_of_the_kind),
        cmocka_unit_test(test_thresholds_are_in_order),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_the_file_around_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
