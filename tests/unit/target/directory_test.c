/* A directory as a target, with the real calls. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/problem.h"
#include "lib/target/conf.h"
#include "lib/target/remove.h"
#include "lib/target/target.h"
#include "tests/unit/folder.h"

#define NAME "vedette1/17/s/aa.p7m"

struct fixture {
    char folder[FOLDER_BYTES];
    struct target_conf conf;
    struct target *target;
    struct problem problem;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    crypto_open();
    folder_make(fixture->folder);
    assert_int_equal(target_conf_directory(fixture->folder, &fixture->conf, NULL), 0);
    fixture->target = target_open(&fixture->conf, &(struct target_manner){ 0 }, &fixture->problem);
    assert_non_null(fixture->target);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    target_close(fixture->target);
    folder_remove(fixture->folder);
    free(fixture);
    return 0;
}

static enum target_result put(struct fixture *fixture, const char *name, const char *text)
{
    struct iovec part = { (void *)text, strlen(text) };
    return target_put(fixture->target, name, &part, 1, &fixture->problem);
}

static void path_of(const struct fixture *fixture, const char *name, char ret[256])
{
    snprintf(ret, 256, "%s/%s", fixture->folder, name);
}

struct taken {
    char data[64];
    size_t bytes;
};

static int take(void *arg, const void *data, size_t bytes)
{
    struct taken *taken = arg;
    assert_true(bytes <= sizeof(taken->data) - taken->bytes);
    memcpy(taken->data + taken->bytes, data, bytes);
    taken->bytes += bytes;
    return 0;
}

static void what_was_put_is_got(void **state)
{
    struct fixture *fixture = *state;
    struct iovec parts[] = { { "one ", 4 }, { "", 0 }, { "two ", 4 }, { "three", 5 } };
    struct taken taken = { 0 };
    assert_int_equal(target_put(fixture->target, NAME, parts, 4, &fixture->problem), TARGET_DONE);
    assert_int_equal(target_get(fixture->target, NAME, 0, UINT64_MAX, take, &taken, &fixture->problem), TARGET_DONE);
    assert_memory_equal(taken.data, "one two three", 13);
    taken.bytes = 0;
    assert_int_equal(target_get(fixture->target, NAME, 4, 3, take, &taken, &fixture->problem), TARGET_DONE);
    assert_int_equal(taken.bytes, 3);
    assert_memory_equal(taken.data, "two", 3);
    taken.bytes = 0;
    assert_int_equal(target_get(fixture->target, NAME, 99, 3, take, &taken, &fixture->problem), TARGET_DONE);
    assert_int_equal(taken.bytes, 0);
}

static void what_is_fetched_fits(void **state)
{
    struct fixture *fixture = *state;
    struct buf object = { .limit_bytes = 8 };
    assert_int_equal(put(fixture, NAME, "eight be"), TARGET_DONE);
    assert_int_equal(target_fetch(fixture->target, NAME, &object, &fixture->problem), TARGET_DONE);
    assert_string_equal(object.data, "eight be"); /* as much as it may hold */
    assert_int_equal(target_fetch(fixture->target, NAME, &object, &fixture->problem), TARGET_STOPPED);
    assert_true(object.failed);
    assert_int_equal(object.length, 8);
    buf_free(&object);
}

static void nobody_is_replaced(void **state)
{
    struct fixture *fixture = *state;
    struct taken taken = { 0 };
    assert_int_equal(put(fixture, NAME, "first"), TARGET_DONE);
    assert_int_equal(put(fixture, NAME, "other"), TARGET_EXISTS);
    assert_int_equal(put(fixture, NAME, "longer"), TARGET_BROKEN);
    assert_int_equal(target_get(fixture->target, NAME, 0, UINT64_MAX, take, &taken, &fixture->problem), TARGET_DONE);
    assert_memory_equal(taken.data, "first", 5);
}

static void of_many_at_once_one_wins(void **state)
{
    enum { WRITERS = 8 };
    struct fixture *fixture = *state;
    pid_t writers[WRITERS];
    unsigned done = 0, exist = 0;
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = fork();
        assert_true(writers[i] >= 0);
        if (!writers[i])
            _exit(put(fixture, NAME, "the same length"));
    }
    for (int i = 0; i < WRITERS; i++) {
        int status;
        assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
        assert_true(WIFEXITED(status));
        done += WEXITSTATUS(status) == TARGET_DONE;
        exist += WEXITSTATUS(status) == TARGET_EXISTS;
    }
    assert_int_equal(done, 1);
    assert_int_equal(exist, WRITERS - 1);
}

static void what_is_not_there_is_absent(void **state)
{
    struct fixture *fixture = *state;
    struct target_object found;
    struct taken taken = { 0 };
    assert_int_equal(target_find(fixture->target, NAME, &found, &fixture->problem), TARGET_ABSENT);
    assert_int_equal(target_get(fixture->target, NAME, 0, 1, take, &taken, &fixture->problem), TARGET_ABSENT);
    assert_int_equal(put(fixture, NAME, "x"), TARGET_DONE);
    assert_int_equal(target_find(fixture->target, NAME, &found, &fixture->problem), TARGET_DONE);
    assert_int_equal(found.bytes, 1);
    assert_true(found.modified_s > 1700000000);
    assert_int_equal(target_remove(fixture->target, NAME, &fixture->problem), TARGET_DONE);
    assert_int_equal(target_remove(fixture->target, NAME, &fixture->problem), TARGET_DONE);
    assert_int_equal(target_find(fixture->target, NAME, &found, &fixture->problem), TARGET_ABSENT);
}

static void a_target_that_is_gone_is_another_one(void **state)
{
    struct fixture *fixture = *state;
    strcat(fixture->conf.path, "/not-mounted");
    struct target *gone = target_open(&fixture->conf, &(struct target_manner){ 0 }, &fixture->problem);
    struct iovec part = { "x", 1 };
    assert_int_equal(target_put(gone, NAME, &part, 1, &fixture->problem), TARGET_CHANGED);
    assert_int_equal(access(fixture->conf.path, F_OK), -1);
    target_close(gone);
}

static void links_lead_nowhere(void **state)
{
    struct fixture *fixture = *state;
    char path[256], outside[FOLDER_BYTES];
    struct target_object found;
    struct taken taken = { 0 };
    folder_make(outside);
    path_of(fixture, "vedette1", path);
    assert_int_equal(mkdir(path, 0700), 0);
    path_of(fixture, "vedette1/17", path);
    assert_int_equal(symlink(outside, path), 0);
    assert_int_equal(put(fixture, NAME, "x"), TARGET_FAILED);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(put(fixture, NAME, "x"), TARGET_DONE);
    path_of(fixture, "vedette1/17/s/bb.p7m", path);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_int_equal(put(fixture, "vedette1/17/s/bb.p7m", "x"), TARGET_BROKEN);
    assert_int_equal(
        target_get(fixture->target, "vedette1/17/s/bb.p7m", 0, 1, take, &taken, &fixture->problem), TARGET_FAILED);
    assert_int_equal(target_find(fixture->target, "vedette1/17/s/bb.p7m", &found, &fixture->problem), TARGET_FAILED);
    assert_int_equal(rmdir(outside), 0);
}

static int count(void *arg, const struct target_object *object)
{
    unsigned *counted = arg;
    assert_true(target_is_name(object->name));
    assert_int_equal(object->bytes, 1);
    return ++*counted == 100;
}

static unsigned listed(struct fixture *fixture, const char *folder)
{
    unsigned counted = 0;
    assert_int_equal(target_list(fixture->target, folder, count, &counted, &fixture->problem), TARGET_DONE);
    return counted;
}

static void objects_are_listed_by_folder(void **state)
{
    struct fixture *fixture = *state;
    char path[256];
    assert_int_equal(put(fixture, NAME, "x"), TARGET_DONE);
    assert_int_equal(put(fixture, "vedette1/17/s/bb.p7m", "x"), TARGET_DONE);
    assert_int_equal(put(fixture, "vedette1/18/c/cc.p7s", "x"), TARGET_DONE);
    /* None of ours. */
    path_of(fixture, "vedette1/17/s/.new-0123", path);
    assert_int_equal(mkfifo(path, 0600), 0);
    path_of(fixture, "vedette1/17/s/a b", path);
    assert_int_equal(mkdir(path, 0700), 0);
    path_of(fixture, "vedette1/17/s/link", path);
    assert_int_equal(symlink("/etc", path), 0);
    for (int twice = 0; twice < 2; twice++) {
        assert_int_equal(listed(fixture, ""), 3);
        assert_int_equal(listed(fixture, "vedette1/17/s/"), 2);
        assert_int_equal(listed(fixture, "vedette1/19/"), 0);
    }
}

static void a_lister_stops(void **state)
{
    struct fixture *fixture = *state;
    unsigned counted = 99;
    assert_int_equal(put(fixture, NAME, "x"), TARGET_DONE);
    assert_int_equal(put(fixture, "b", "x"), TARGET_DONE);
    assert_int_equal(target_list(fixture->target, "", count, &counted, &fixture->problem), TARGET_STOPPED);
}

static bool stopped(void *arg)
{
    return --*(int *)arg < 0;
}

static void what_is_stopped_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    int looks = 3;
    static char megabytes[4 << 20];
    struct iovec part = { megabytes, sizeof(megabytes) };
    struct target *target =
        target_open(&fixture->conf, &(struct target_manner){ .stopped = stopped, .arg = &looks }, &fixture->problem);
    assert_int_equal(target_put(target, NAME, &part, 1, &fixture->problem), TARGET_STOPPED);
    assert_string_equal(fixture->problem.code, "stopped");
    target_close(target);
    assert_int_equal(listed(fixture, ""), 0);
}

static void names_that_are_none(void **state)
{
    struct fixture *fixture = *state;
    static const char *const bad[] = { "", "/a", "a/", "a//b", "..", "a/../b", ".a", "a/.b", "a b", "a\nb", "a/b/",
        "1/2/3/4/5/6/7/8/9", "\xc3\xa4" };
    char longest[TARGET_NAME_BYTES + 1];
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_false(target_is_name(bad[i]));
        assert_int_equal(put(fixture, bad[i], "x"), TARGET_FAILED);
    }
    memset(longest, 'a', sizeof(longest));
    longest[TARGET_NAME_BYTES] = '\0';
    assert_false(target_is_name(longest));
    longest[TARGET_NAME_BYTES - 1] = '\0';
    assert_true(target_is_name(longest));
    assert_true(target_is_name("vedette1/0123/s/ab-c_D.p7m"));
    assert_int_equal(target_list(fixture->target, "a", count, NULL, &fixture->problem), TARGET_FAILED);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(what_was_put_is_got),
        CASE(what_is_fetched_fits),
        CASE(nobody_is_replaced),
        CASE(of_many_at_once_one_wins),
        CASE(what_is_not_there_is_absent),
        CASE(a_target_that_is_gone_is_another_one),
        CASE(links_lead_nowhere),
        CASE(objects_are_listed_by_folder),
        CASE(a_lister_stops),
        CASE(what_is_stopped_leaves_nothing),
        CASE(names_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
