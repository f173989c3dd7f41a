#include "tests/unit/folder.h"

#include "lib/files.h"
#include "lib/problem.h"

static char folder[FOLDER_BYTES];
static char *data;
static size_t bytes;

static int enter(void **state)
{
    (void)state;
    folder_make(folder);
    return chdir(folder);
}

static int leave(void **state)
{
    (void)state;
    if (chdir("/"))
        return -1;
    folder_remove(folder);
    return 0;
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    assert_int_equal(file_write("it", "twelve bytes", 12, 0600, NULL), 0);
    assert_false(file_absent("it"));
    assert_int_equal(file_read_if_any("it", 12, &data, &bytes, NULL), 0);
    assert_int_equal(bytes, 12);
    assert_string_equal(data, "twelve bytes");
    free(data);
}

static void one_byte_too_many_is_refused(void **state)
{
    (void)state;
    struct problem problem;
    assert_int_equal(file_write("it", "twelve bytes", 12, 0600, NULL), 0);
    assert_int_equal(file_read("it", 11, &data, &bytes, &problem), -1);
    assert_string_equal(problem.field, "it");
}

static void what_is_absent_is_no_error_where_it_need_not_stand(void **state)
{
    (void)state;
    assert_true(file_absent("it"));
    assert_int_equal(file_read_if_any("it", 12, &data, &bytes, NULL), 1);
    assert_int_equal(file_read("it", 12, &data, &bytes, NULL), -1);
}

/* A path that leads round in circles, or through a file: what a failing disk or a closed folder is to root, too. */
static void where_one_cannot_look_nothing_is_said_to_be_absent(void **state)
{
    (void)state;
    static const char *const closed[] = { "circle", "it/below" };
    struct problem problem;
    assert_int_equal(file_write("it", "", 0, 0600, NULL), 0);
    assert_int_equal(symlink("circle", "circle"), 0);
    for (size_t i = 0; i < sizeof(closed) / sizeof(*closed); i++) {
        assert_false(file_absent(closed[i]));
        assert_int_equal(file_read_if_any(closed[i], 12, &data, &bytes, &problem), -1);
        assert_string_equal(problem.field, closed[i]);
    }
}

static void a_secret_that_others_may_read_is_refused(void **state)
{
    (void)state;
    struct problem problem;
    assert_int_equal(file_write("it", "x", 1, 0640, NULL), 0);
    assert_int_equal(file_read_secret("it", 12, &data, &bytes, &problem), -1);
    assert_string_equal(problem.code, "loose-permissions");
    assert_int_equal(chmod("it", 0600), 0);
    assert_int_equal(file_read_secret("it", 12, &data, &bytes, &problem), 0);
    free(data);
}

static void what_is_trusted_nobody_else_may_write(void **state)
{
    (void)state;
    struct problem problem;
    assert_int_equal(file_write("it", "x", 1, 0664, NULL), 0);
    assert_int_equal(file_read_trusted("it", 12, &data, &problem), -1);
    assert_string_equal(problem.code, "loose-permissions");
    assert_int_equal(chmod("it", 0644), 0);
    assert_int_equal(file_read_trusted("it", 12, &data, &problem), 0);
    assert_string_equal(data, "x");
    free(data);
    assert_int_equal(file_write("it", "x\0y", 3, 0644, NULL), 0);
    assert_int_equal(file_read_trusted("it", 12, &data, &problem), -1);
    assert_non_null(strstr(problem.reason, "NUL"));
}

static void a_folder_or_a_pipe_is_no_file(void **state)
{
    (void)state;
    struct problem problem;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_int_equal(file_read(".", 12, &data, &bytes, &problem), -1);
    assert_int_equal(file_read("pipe", 12, &data, &bytes, &problem), -1);
    assert_non_null(strstr(problem.reason, "regular"));
}

/* Somebody who may write beside the file cannot have us write through a link of theirs. */
static void what_stands_beside_is_not_written_through(void **state)
{
    (void)state;
    assert_int_equal(file_write("other", "theirs", 6, 0600, NULL), 0);
    assert_int_equal(symlink("other", "it.new"), 0);
    assert_int_equal(file_write("it", "ours", 4, 0600, NULL), 0);
    assert_int_equal(file_read("other", 12, &data, &bytes, NULL), 0);
    assert_string_equal(data, "theirs");
    free(data);
    assert_true(file_absent("it.new"));
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(what_was_written_is_read),
        in_folder(one_byte_too_many_is_refused),
        in_folder(what_is_absent_is_no_error_where_it_need_not_stand),
        in_folder(where_one_cannot_look_nothing_is_said_to_be_absent),
        in_folder(a_secret_that_others_may_read_is_refused),
        in_folder(what_is_trusted_nobody_else_may_write),
        in_folder(a_folder_or_a_pipe_is_no_file),
        in_folder(what_stands_beside_is_not_written_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
