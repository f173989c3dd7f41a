#include "tests/unit/folder.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "lib/files.h"
#include "lib/problem.h"
#include "lib/tlog/directory.h"

struct log {
    char path[FOLDER_BYTES];
    struct tlog_directory directory;
};

static void put(const struct log *log, const char *name, const void *data, size_t bytes)
{
    char path[160];
    snprintf(path, sizeof(path), "%s/%s", log->path, name);
    for (char *slash = path + strlen(log->path) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        mkdir(path, 0700);
    }
    assert_int_equal(file_write(path, data, bytes, 0600, NULL), 0);
}

static int set_up(void **state)
{
    static struct log log;
    folder_make(log.path);
    assert_int_equal(tlog_directory_open(log.path, &log.directory, NULL), 0);
    *state = &log;
    return 0;
}

static int tear_down(void **state)
{
    struct log *log = *state;
    tlog_directory_close(&log->directory);
    folder_remove(log->path);
    return 0;
}

static void a_full_tile_does_for_a_partial_one(void **state)
{
    struct log *log = *state;
    struct tlog_source source = tlog_directory_source(&log->directory, 300);
    const struct tlog_tile partial = { .level = 0, .width = 44, .number = 1 };
    const uint8_t *data;
    size_t bytes;
    struct problem problem;
    assert_int_equal(source.read(source.arg, &partial, &data, &bytes, &problem), -1);
    assert_string_equal(problem.code, "absent");
    assert_string_equal(problem.field, "tile/0/001.p/44");
    put(log, "tile/0/001", "full", 4);
    assert_int_equal(source.read(source.arg, &partial, &data, &bytes, &problem), 0);
    assert_memory_equal(data, "full", bytes);
    put(log, "tile/0/001.p/44", "part", 4);
    assert_int_equal(source.read(source.arg, &partial, &data, &bytes, &problem), 0);
    assert_memory_equal(data, "part", bytes);
}

static void a_bundle_longer_than_any_can_be_is_refused(void **state)
{
    struct log *log = *state;
    struct tlog_source source = tlog_directory_source(&log->directory, 256);
    const struct tlog_tile bundle = { .level = TLOG_BUNDLE, .width = TLOG_TILE_WIDTH };
    const uint8_t *data;
    size_t bytes;
    struct problem problem;
    char *most = calloc(1, TLOG_BUNDLE_BYTES + 1);
    put(log, "tile/entries/000", most, TLOG_BUNDLE_BYTES);
    assert_int_equal(source.read(source.arg, &bundle, &data, &bytes, &problem), 0);
    assert_int_equal(bytes, TLOG_BUNDLE_BYTES);
    put(log, "tile/entries/000", most, TLOG_BUNDLE_BYTES + 1);
    assert_int_equal(source.read(source.arg, &bundle, &data, &bytes, &problem), -1);
    assert_string_equal(problem.code, "file");
    free(most);
}

static void texts_are_read_up_to_their_limit(void **state)
{
    struct log *log = *state;
    struct problem problem;
    char *text;
    size_t bytes;
    assert_int_equal(tlog_directory_text(&log->directory, "checkpoint", 9, &text, &bytes, &problem), -1);
    assert_string_equal(problem.code, "absent");
    put(log, "checkpoint", "123456789", 9);
    assert_int_equal(tlog_directory_text(&log->directory, "checkpoint", 9, &text, &bytes, &problem), 0);
    assert_string_equal(text, "123456789");
    free(text);
    assert_int_equal(tlog_directory_text(&log->directory, "checkpoint", 8, &text, &bytes, &problem), -1);
    assert_string_equal(problem.code, "file");
}

static void no_directory_no_log(void **state)
{
    (void)state;
    struct tlog_directory directory;
    struct problem problem;
    assert_int_equal(tlog_directory_open("/tmp/vedette-no-such-log", &directory, &problem), -1);
    assert_string_equal(problem.code, "absent");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_full_tile_does_for_a_partial_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_bundle_longer_than_any_can_be_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(texts_are_read_up_to_their_limit, set_up, tear_down),
        cmocka_unit_test(no_directory_no_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
