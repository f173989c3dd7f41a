#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/conf.h"
#include "lib/buf.h"

static void check_set(const char *before, const char *name, const char *value, const char *after)
{
    struct buf text = { 0 };
    assert_int_equal(conf_set(before, name, value, &text), 0);
    assert_string_equal(text.data, after);
    buf_free(&text);
}

static void a_setting_is_changed_where_it_stands(void **state)
{
    (void)state;
    check_set("a.b = 1\nc.d = 2\n", "a.b", "3", "a.b = 3\nc.d = 2\n");
    check_set("c.d = 2\n  a.b=1", "a.b", "3", "c.d = 2\na.b = 3\n");
}

static void one_that_is_commented_out_is_put_in_force(void **state)
{
    (void)state;
    check_set("# about b\n#a.b = 1\n", "a.b", "3", "# about b\na.b = 3\n");
    check_set("# a.b = 1\na.b = 2\n", "a.b", "3", "# a.b = 1\na.b = 3\n");
}

static void one_that_is_missing_is_added(void **state)
{
    (void)state;
    check_set("", "a.b", "3", "a.b = 3\n");
    check_set("a.bc = 1", "a.b", "3", "a.bc = 1\na.b = 3\n");
    check_set("# a.b\na.b: 2\n", "a.b", "3", "# a.b\na.b: 2\na.b = 3\n");
}

static void the_template_has_every_setting_commented_out(void **state)
{
    (void)state;
    struct buf text = { 0 };
    assert_int_equal(conf_template(&text), 0);
    assert_non_null(strstr(text.data, "\n#ingest.agents_max = 131072\n"));
    assert_non_null(strstr(text.data, "(1024 to 16777216)"));
    assert_non_null(strstr(text.data, "\n#common.log_level = info\n"));
    for (const char *line = text.data; *line; line = strchr(line, '\n') + 1)
        assert_true(*line == '#' || *line == '\n');
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_setting_is_changed_where_it_stands),
        cmocka_unit_test(one_that_is_commented_out_is_put_in_force),
        cmocka_unit_test(one_that_is_missing_is_added),
        cmocka_unit_test(the_template_has_every_setting_commented_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
