/* What is restored into a folder where somebody else may write: what he puts in a file's place, be it of ours, is
 * neither written into nor given an owner or a mode. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/problem.h"
#include "lib/restore/beneath.h"
#include "tests/unit/folder.h"

struct fixture {
    char path[FOLDER_BYTES];
    struct beneath beneath;
};

/* Called in the place of libc's: what somebody does as soon as something was made. */
static void (*meanwhile)(int folder, const char *name);

int mknodat(int folder, const char *name, mode_t mode, dev_t device)
{
    long error = syscall(SYS_mknodat, folder, name, mode, (unsigned)device);
    if (!error && meanwhile)
        meanwhile(folder, name);
    return (int)error;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct problem problem;
    folder_make(fixture->path);
    assert_int_equal(beneath_open(fixture->path, NULL, &fixture->beneath, &problem), 0);
    meanwhile = NULL;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    beneath_close(&fixture->beneath);
    folder_remove(fixture->path);
    free(fixture);
    return 0;
}

static void write_file(int folder, const char *name, mode_t mode)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0 && !fchmod(fd, mode));
    close(fd);
}

static mode_t mode_of(int folder, const char *name)
{
    struct stat status;
    assert_int_equal(fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW), 0);
    return status.st_mode & 07777;
}

static const struct entry pipe_entry = { .type = ENTRY_FIFO, .name = "pipe", .name_bytes = 4, .mode = 0666 };

static void lay_a_link(int folder, const char *name)
{
    assert_int_equal(unlinkat(folder, name, 0), 0);
    assert_int_equal(symlinkat("victim", folder, name), 0);
}

static void lay_the_file(int folder, const char *name)
{
    assert_int_equal(renameat(folder, "victim", folder, name), 0);
}

static void what_was_made_gets_its_mode(void **state)
{
    const struct fixture *fixture = *state;
    assert_int_equal(beneath_make(&fixture->beneath, fixture->beneath.fd, &pipe_entry), 0);
    assert_int_equal(mode_of(fixture->beneath.fd, "pipe"), 0666);
    const struct entry link = { .type = ENTRY_SYMLINK,
        .name = "link",
        .name_bytes = 4,
        .mode = 0777,
        .link = "pipe",
        .link_bytes = 4,
        .mtime_s = 7 };
    struct stat status;
    assert_int_equal(beneath_make(&fixture->beneath, fixture->beneath.fd, &link), 0);
    assert_int_equal(fstatat(fixture->beneath.fd, "link", &status, AT_SYMLINK_NOFOLLOW), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(status.st_mtim.tv_sec, 7);
}

static void a_link_in_its_place_leads_to_nobodys_mode(void **state)
{
    const struct fixture *fixture = *state;
    write_file(fixture->beneath.fd, "victim", 0600);
    meanwhile = lay_a_link;
    assert_int_equal(beneath_make(&fixture->beneath, fixture->beneath.fd, &pipe_entry), -1);
    assert_int_equal(mode_of(fixture->beneath.fd, "victim"), 0600);
}

static void nor_does_another_file(void **state)
{
    const struct fixture *fixture = *state;
    write_file(fixture->beneath.fd, "victim", 0600);
    meanwhile = lay_the_file;
    assert_int_equal(beneath_make(&fixture->beneath, fixture->beneath.fd, &pipe_entry), -1);
    assert_int_equal(mode_of(fixture->beneath.fd, "pipe"), 0600);
}

static struct entry file_called(const char *name)
{
    return (struct entry){ .type = ENTRY_FILE, .name = name, .name_bytes = strlen(name), .mode = 0600 };
}

static int closed(int fd)
{
    int number = errno;
    if (fd >= 0)
        close(fd);
    return fd < 0 ? -number : 0;
}

static int make(const struct fixture *fixture, const char *name, file_identity *ret)
{
    const struct entry entry = file_called(name);
    return closed(beneath_make_file(fixture->beneath.fd, &entry, ret));
}

static int open_again(const struct fixture *fixture, const char *name, file_identity identity)
{
    const struct entry entry = file_called(name);
    return closed(beneath_open_file(fixture->beneath.fd, &entry, identity));
}

static void a_file_is_made_and_gone_on_with(void **state)
{
    const struct fixture *fixture = *state;
    file_identity file;
    assert_int_equal(make(fixture, "file", &file), 0);
    assert_int_equal(mode_of(fixture->beneath.fd, "file"), PARTIAL_MODE);
    assert_int_equal(open_again(fixture, "file", file), 0);
}

static void nothing_is_written_into_what_somebody_has_put_there(void **state)
{
    const struct fixture *fixture = *state;
    file_identity file;
    write_file(fixture->beneath.fd, "file", PARTIAL_MODE);
    assert_int_equal(make(fixture, "file", &file), -EEXIST);
    assert_int_equal(unlinkat(fixture->beneath.fd, "file", 0), 0);
    assert_int_equal(make(fixture, "file", &file), 0);
    assert_int_equal(unlinkat(fixture->beneath.fd, "file", 0), 0);
    assert_int_equal(open_again(fixture, "file", file), -ENOENT);
    /* One who waits on the other side of a pipe. */
    assert_int_equal(mkfifoat(fixture->beneath.fd, "file", 0600), 0);
    int other_side = openat(fixture->beneath.fd, "file", O_RDONLY | O_NONBLOCK);
    assert_int_equal(open_again(fixture, "file", file), -ESTALE);
    close(other_side);
    assert_int_equal(open_again(fixture, "file", file), -ENXIO);
}

static void nor_into_what_was_made_for_another_place(void **state)
{
    const struct fixture *fixture = *state;
    int folder = fixture->beneath.fd;
    file_identity secret, mine, later;
    assert_int_equal(make(fixture, "secret", &secret), 0);
    assert_int_equal(make(fixture, "mine", &mine), 0);
    assert_int_equal(renameat(folder, "secret", folder, "mine"), 0);
    assert_int_equal(open_again(fixture, "mine", mine), -ESTALE);
    assert_int_equal(open_again(fixture, "mine", secret), 0);
    assert_int_equal(beneath_link(folder, "mine", mine, folder, "link"), -1);
    assert_int_equal(beneath_link(folder, "mine", secret, folder, "link"), 0);
    assert_int_equal(open_again(fixture, "link", secret), 0);
    /* File systems give numbers again at once. */
    assert_int_equal(unlinkat(folder, "mine", 0) | unlinkat(folder, "link", 0), 0);
    assert_int_equal(make(fixture, "later", &later), 0);
    assert_int_equal(renameat(folder, "later", folder, "secret"), 0);
    assert_int_equal(open_again(fixture, "secret", secret), -ESTALE);
}

static void a_folder_is_the_one_that_was_made(void **state)
{
    const struct fixture *fixture = *state;
    int folder = fixture->beneath.fd;
    const struct entry open_one = { .type = ENTRY_FOLDER, .name = "open", .name_bytes = 4, .mode = 0755 };
    const struct entry closed_one = { .type = ENTRY_FOLDER, .name = "closed", .name_bytes = 6, .mode = 0700 };
    file_identity one, other;
    bool made;
    assert_int_equal(beneath_make_folder(folder, &open_one, &one, &made), 0);
    assert_true(made);
    assert_int_equal(beneath_make_folder(folder, &closed_one, &other, &made), 0);
    assert_int_equal(renameat(folder, "closed", folder, "open"), 0);
    assert_int_equal(closed(beneath_open_folder(folder, &open_one, one)), -ESTALE);
    assert_int_equal(beneath_make_folder(folder, &open_one, &one, &made), 0);
    assert_false(made);
    assert_int_equal(closed(beneath_open_folder(folder, &open_one, one)), 0);
    write_file(folder, "closed", 0600);
    assert_int_equal(beneath_make_folder(folder, &closed_one, &other, &made), -1);
    assert_int_equal(errno, ENOTDIR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_made_gets_its_mode, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_in_its_place_leads_to_nobodys_mode, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nor_does_another_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_is_made_and_gone_on_with, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_written_into_what_somebody_has_put_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nor_into_what_was_made_for_another_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_is_the_one_that_was_made, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
