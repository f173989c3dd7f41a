/* Runs of a task: they end in their time, however far they came. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/work/runs/files.h"
#include "agent/work/runs/runner.h"
#include "lib/problem.h"
#include "tests/unit/folder.h"

#define ROOM_MS 60000 /* a machine that is busy */

static const char *const environment[] = { "PATH=/usr/bin:/bin", NULL };

static struct run_end end_of(const struct errand *errand, bool stop)
{
    struct runner runner;
    struct problem problem;
    struct run_end end;
    assert_int_equal(runner_start(errand, &runner, &problem), 0);
    if (stop)
        runner_stop(&runner);
    struct pollfd result = { runner.result, POLLIN, 0 };
    assert_int_equal(poll(&result, 1, ROOM_MS), 1);
    assert_int_equal(read(runner.result, &end, sizeof(end)), sizeof(end));
    close(runner.output);
    close(runner.result);
    assert_int_equal(waitpid(runner.pid, NULL, 0), runner.pid);
    return end;
}

static struct account ourselves(void)
{
    struct account account;
    struct problem problem;
    const struct passwd *user = getpwuid(geteuid());
    assert_non_null(user);
    assert_int_equal(account_find(user->pw_name, &account, &problem), 0);
    return account;
}

static struct run_end run(const char *const *argv, const struct cgroup *cgroup, int64_t timeout_ms, bool stop)
{
    const struct account account = ourselves();
    const struct errand errand = { .argv = argv,
        .environment = environment,
        .folder = "/",
        .account = &account,
        .cgroup = cgroup,
        .timeout_ms = timeout_ms,
        .memory_bytes = INT64_C(1) << 40,
        .processes = 4096 };
    return end_of(&errand, stop);
}

static void how_it_ended_is_told(void **state)
{
    (void)state;
    const struct cgroup none = { 0 };
    const char *const good[] = { "/bin/true", NULL }, *const absent[] = { "/nowhere/true", NULL };
    assert_int_equal(run(good, &none, ROOM_MS, false).how, RUN_EXITED);
    struct run_end end = run(absent, &none, ROOM_MS, false);
    assert_int_equal(end.how, RUN_NOT_STARTED);
    assert_int_equal(end.number, ENOENT);
}

/* One that hangs before it is the program that was signed: here at the door of a control group that nobody opens, else in a
 * home that its user has made to hang. */
static void one_that_never_begins_has_an_end_too(void **state)
{
    (void)state;
    const char *const argv[] = { "/bin/true", NULL };
    char folder[FOLDER_BYTES], door[FOLDER_BYTES + 32];
    struct cgroup cgroup = { 0 };
    folder_make(folder);
    snprintf(door, sizeof(door), "%s/cgroup.procs", folder);
    assert_int_equal(mkfifo(door, 0600), 0);
    snprintf(cgroup.path, sizeof(cgroup.path), "%s", folder);
    assert_int_equal(run(argv, &cgroup, 100, false).how, RUN_TIMED_OUT);
    assert_int_equal(run(argv, &cgroup, 10 * ROOM_MS, true).how, RUN_STOPPED);
    folder_remove(folder);
}

/* A file system whose other side says nothing; -1: there can be none here. */
static int mount_silence(const char *folder)
{
    char options[128];
    int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
    if (fd >= 0 && !mount("silence", folder, "fuse", MS_NOSUID | MS_NODEV, options))
        return fd;
    close(fd);
    return -1;
}

static void a_folder_that_does_not_answer_holds_nobody_up(void **state)
{
    (void)state;
    const char *const argv[] = { "/bin/true", NULL };
    const struct cgroup none = { 0 };
    struct account account = ourselves();
    char folder[FOLDER_BYTES];
    folder_make(folder);
    int fd = mount_silence(folder);
    if (fd < 0) {
        folder_remove(folder);
        skip();
    }
    snprintf(account.home, sizeof(account.home), "%s", folder);
    const struct errand errand = { .argv = argv,
        .environment = environment,
        .account = &account,
        .cgroup = &none,
        .timeout_ms = 100,
        .memory_bytes = INT64_C(1) << 40,
        .processes = 4096 };
    assert_int_equal(end_of(&errand, false).how, RUN_TIMED_OUT);
    files_clear(folder, &account);
    close(fd);
    assert_int_equal(umount2(folder, MNT_DETACH), 0);
    folder_remove(folder);
}

int main(void)
{
    sigset_t end;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigprocmask(SIG_BLOCK, &end, NULL); /* as work has it, whose loop takes it */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_it_ended_is_told),
        cmocka_unit_test(one_that_never_begins_has_an_end_too),
        cmocka_unit_test(a_folder_that_does_not_answer_holds_nobody_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
