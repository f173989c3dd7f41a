/* Each case confines a child and tries one thing there: the kernel's answer is what counts. */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include <cmocka.h>

#include "lib/problem.h"
#include "lib/sandbox/sandbox.h"

#define CANNOT_CONFINE 99
#define KILLED (-SIGSYS)

static char own[64], other[64]; /* a directory that is allowed, and one that is not */

static bool restores;

/* What attempt returned (errno, 0 for success) in a confined child; minus the signal that ended it. */
static int confined(bool network, int (*attempt)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const char *writable[] = { own, NULL }, *readable[] = { "/usr/share", NULL };
        struct sandbox sandbox = { writable, readable, network, .restores = restores };
        struct problem problem;
        if (sandbox_confine(&sandbox, &problem) != 0) {
            fprintf(stderr, "%s\n", problem.reason);
            _exit(CANNOT_CONFINE);
        }
        _exit(attempt());
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int answer(long done)
{
    return done >= 0 ? 0 : errno;
}

static int try_exec(void)
{
    return answer(execl("/bin/true", "true", NULL));
}

static int try_ptrace(void)
{
    return answer(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int try_mount(void)
{
    return answer(mount("none", own, "tmpfs", 0, NULL));
}

static int try_bpf(void)
{
    return answer(syscall(SYS_bpf, 0, NULL, 0));
}

static int try_module(void)
{
    return answer(syscall(SYS_init_module, NULL, 0, ""));
}

static int try_namespace(void)
{
    return answer(unshare(CLONE_NEWUSER));
}

static int try_clone_namespace(void)
{
    return answer(syscall(SYS_clone, CLONE_NEWUSER | CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0));
}

static int try_keyring(void)
{
    return answer(syscall(SYS_keyctl, 0, 0, 0, 0, 0));
}

static void test_ends_the_process(void **state)
{
    (void)state;
    int (*const attempts[])(void) = { try_exec, try_ptrace, try_mount, try_bpf, try_module, try_namespace,
        try_clone_namespace, try_keyring };
    for (size_t i = 0; i < sizeof(attempts) / sizeof(*attempts); i++)
        assert_int_equal(confined(true, attempts[i]), KILLED);
}

static int try_fork(void)
{
    return answer(fork());
}

static int try_executable_memory(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}

static int try_make_executable(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? CANNOT_CONFINE : answer(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static int try_kill_other(void)
{
    return answer(kill(getppid(), 0));
}

static int try_setuid(void)
{
    return answer(setuid(65534));
}

static int try_raw_socket(void)
{
    return answer(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}

static int try_packet_socket(void)
{
    return answer(socket(AF_PACKET, SOCK_DGRAM, 0));
}

static int try_io_uring(void)
{
    return answer(syscall(425, 1, NULL)); /* io_uring_setup */
}

static int try_privileges(void)
{
    return answer(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static void test_is_refused(void **state)
{
    (void)state;
    int (*const attempts[])(void) = { try_fork, try_executable_memory, try_make_executable, try_kill_other, try_setuid,
        try_packet_socket, try_io_uring, try_privileges };
    for (size_t i = 0; i < sizeof(attempts) / sizeof(*attempts); i++)
        assert_int_equal(confined(true, attempts[i]), EPERM);
}

static int try_udp(void)
{
    return answer(socket(AF_INET, SOCK_DGRAM, 0));
}

static int try_tcp6(void)
{
    return answer(socket(AF_INET6, SOCK_STREAM, 0));
}

static int try_netlink(void)
{
    return answer(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
}

static int try_audit_netlink(void)
{
    return answer(socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT));
}

static void test_network_only_where_wanted(void **state)
{
    (void)state;
    assert_int_equal(confined(true, try_udp), 0);
    assert_int_equal(confined(true, try_tcp6), 0);
    assert_int_equal(confined(true, try_netlink), 0);
    assert_int_equal(confined(true, try_audit_netlink), EPERM);
    assert_int_equal(confined(false, try_udp), EPERM);
    assert_int_equal(confined(false, try_tcp6), EPERM);
    assert_int_equal(confined(false, try_netlink), EPERM);
    if (geteuid() != 0)
        assert_int_equal(confined(true, try_raw_socket), EPERM);
}

static int try_openat2(void)
{
    const struct open_how how = { .flags = O_RDONLY | O_DIRECTORY, .resolve = RESOLVE_BENEATH };
    int folder = open(own, O_RDONLY | O_DIRECTORY);
    return answer(syscall(SYS_openat2, folder, ".", &how, sizeof(how)));
}

static void test_opening_beneath_only_where_wanted(void **state)
{
    (void)state;
    assert_int_equal(confined(false, try_openat2), EPERM);
    restores = true;
    assert_int_equal(confined(false, try_openat2), 0);
    assert_int_equal(confined(false, try_udp), EPERM);
    restores = false;
}

static void path_in(char path[128], const char *directory, const char *name)
{
    snprintf(path, 128, "%s/%s", directory, name);
}

static int try_write_own(void)
{
    char path[128], moved[128];
    path_in(path, own, "file");
    path_in(moved, own, "moved");
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    if (fd < 0 || write(fd, "x", 1) != 1 || ftruncate(fd, 0) != 0 || fdatasync(fd) != 0)
        return errno;
    return answer(rename(path, moved) | unlink(moved) | close(fd));
}

static int try_write_other(void)
{
    char path[128];
    path_in(path, other, "file");
    return answer(open(path, O_WRONLY | O_CREAT, 0600));
}

static int try_read_other(void)
{
    char path[128];
    path_in(path, other, "there");
    return answer(open(path, O_RDONLY));
}

static int try_truncate_other(void)
{
    char path[128];
    path_in(path, other, "there");
    return answer(truncate(path, 0));
}

static int try_read_passwords(void)
{
    return answer(open("/etc/shadow", O_RDONLY));
}

static int try_read_shared(void)
{
    return answer(open("/usr/share", O_RDONLY | O_DIRECTORY));
}

static int try_write_shared(void)
{
    return answer(open("/usr/share/vedette-test", O_WRONLY | O_CREAT, 0600));
}

static int try_randomness(void)
{
    return answer(open("/dev/urandom", O_RDONLY));
}

static int try_symbolic_link(void)
{
    char path[128];
    path_in(path, own, "link");
    return answer(symlink("/etc/shadow", path));
}

static void test_files(void **state)
{
    (void)state;
    assert_int_equal(confined(true, try_write_own), 0);
    assert_int_equal(confined(true, try_read_shared), 0);
    assert_int_equal(confined(true, try_randomness), 0);
    assert_int_equal(confined(true, try_symbolic_link), EPERM);
    assert_int_equal(confined(true, try_truncate_other), EPERM); /* by path: no service needs it */
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 1)
        skip();
    assert_int_equal(confined(true, try_write_other), EACCES);
    assert_int_equal(confined(true, try_read_other), EACCES);
    assert_int_equal(confined(true, try_read_passwords), EACCES);
    assert_int_equal(confined(true, try_write_shared), EACCES);
}

static void *write_own_in_thread(void *ret)
{
    *(int *)ret = try_write_own();
    return NULL;
}

static int try_thread(void)
{
    pthread_t thread;
    int result = 0, failed = pthread_create(&thread, NULL, write_own_in_thread, &result);
    return failed != 0 || (failed = pthread_join(thread, NULL)) != 0 ? failed : result;
}

static int try_loop(void)
{
    sigset_t terminate;
    sigemptyset(&terminate);
    sigaddset(&terminate, SIGTERM);
    sigprocmask(SIG_BLOCK, &terminate, NULL);
    struct itimerspec soon = { .it_value.tv_nsec = 1000000 };
    struct epoll_event event = { .events = EPOLLIN };
    int poller = epoll_create1(EPOLL_CLOEXEC), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    int signals = signalfd(-1, &terminate, SFD_NONBLOCK);
    if (poller < 0 || timer < 0 || signals < 0 || timerfd_settime(timer, 0, &soon, NULL) != 0 ||
        epoll_ctl(poller, EPOLL_CTL_ADD, timer, &event) != 0 || epoll_wait(poller, &event, 1, 5000) != 1)
        return errno;
    return 0;
}

static int try_database(void)
{
    char path[128];
    path_in(path, own, "test.db");
    sqlite3 *db;
    int failed = sqlite3_open(path, &db);
    if (failed == SQLITE_OK)
        failed = sqlite3_exec(db,
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t(x INTEGER) STRICT;"
            "INSERT INTO t VALUES(1); PRAGMA wal_checkpoint;",
            NULL, NULL, NULL);
    if (failed != SQLITE_OK)
        fprintf(stderr, "SQLite: %s\n", sqlite3_errmsg(db));
    sqlite3_close(db);
    return failed;
}

/* Threads of libzmq, a Unix socket made and removed, CURVE. */
static int try_bus(void)
{
    char endpoint[160], public_key[41], secret_key[41], heard[8] = "";
    snprintf(endpoint, sizeof(endpoint), "ipc://%s/bus.sock", own);
    void *context = zmq_ctx_new(), *server = zmq_socket(context, ZMQ_PAIR), *client = zmq_socket(context, ZMQ_PAIR);
    int one = 1, limit_ms = 5000;
    if (zmq_curve_keypair(public_key, secret_key) != 0 ||
        zmq_setsockopt(server, ZMQ_CURVE_SERVER, &one, sizeof(one)) != 0 ||
        zmq_setsockopt(server, ZMQ_CURVE_SECRETKEY, secret_key, 41) != 0 ||
        zmq_setsockopt(server, ZMQ_RCVTIMEO, &limit_ms, sizeof(limit_ms)) != 0 ||
        zmq_setsockopt(client, ZMQ_CURVE_SERVERKEY, public_key, 41) != 0 ||
        zmq_setsockopt(client, ZMQ_CURVE_PUBLICKEY, public_key, 41) != 0 ||
        zmq_setsockopt(client, ZMQ_CURVE_SECRETKEY, secret_key, 41) != 0 || zmq_bind(server, endpoint) != 0 ||
        zmq_connect(client, endpoint) != 0 || zmq_send(client, "hello", 5, 0) != 5 ||
        zmq_recv(server, heard, sizeof(heard), 0) != 5)
        return errno;
    zmq_close(client);
    zmq_close(server);
    zmq_ctx_term(context);
    return memcmp(heard, "hello", 5) != 0;
}

static int try_abort(void)
{
    abort();
}

static void test_work_goes_on(void **state)
{
    (void)state;
    assert_int_equal(confined(false, try_thread), 0);
    assert_int_equal(confined(false, try_loop), 0);
    assert_int_equal(confined(false, try_database), 0);
    assert_int_equal(confined(false, try_bus), 0);
    assert_int_equal(confined(false, try_abort), -SIGABRT);
}

static int try_core_limit(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0;
}

static void test_no_core_file(void **state)
{
    (void)state;
    assert_int_equal(confined(true, try_core_limit), 0);
}

static void test_missing_directory_fails_closed(void **state)
{
    (void)state;
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 1)
        skip();
    const char *writable[] = { "/nonexistent/state", NULL };
    struct sandbox sandbox = { writable, NULL, true };
    struct problem problem;
    pid_t child = fork();
    if (child == 0)
        _exit(sandbox_confine(&sandbox, &problem) == -1 && strcmp(problem.field, "/nonexistent/state") == 0 ? 0 : 1);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* In a child: become user, then check (problem code expected, or NULL). */
static int become(const char *user, const char *code)
{
    pid_t child = fork();
    if (child == 0) {
        struct problem problem = { 0 };
        int done = sandbox_become(user, &problem);
        if (code != NULL)
            _exit(done == -1 && strcmp(problem.code, code) == 0 && geteuid() == 0 ? 0 : 1);
        gid_t groups[8];
        _exit(done == 0 && geteuid() != 0 && getgroups(8, groups) == 1 && groups[0] == getegid() && setuid(0) != 0 ? 0
                                                                                                                   : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void test_become(void **state)
{
    (void)state;
    assert_int_equal(sandbox_become("", NULL), 0);
    if (geteuid() != 0)
        skip();
    assert_int_equal(become("nobody", NULL), 0);
    assert_int_equal(become("no-such-user", "no-user"), 0);
    assert_int_equal(become("root", "no-user"), 0);
}

static int make_places(void **state)
{
    (void)state;
    strcpy(own, "/tmp/vedette-own-XXXXXX");
    strcpy(other, "/tmp/vedette-other-XXXXXX");
    if (mkdtemp(own) == NULL || mkdtemp(other) == NULL)
        return -1;
    char path[128];
    path_in(path, other, "there");
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    return fd < 0 ? -1 : close(fd);
}

static int remove_places(void **state)
{
    (void)state;
    char path[128];
    path_in(path, other, "there");
    unlink(path);
    const char *const made[] = { "test.db", "test.db-wal", "test.db-shm", "bus.sock" };
    for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++) {
        path_in(path, own, made[i]);
        unlink(path);
    }
    return rmdir(own) | rmdir(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends_the_process),
        cmocka_unit_test(test_is_refused),
        cmocka_unit_test(test_network_only_where_wanted),
        cmocka_unit_test(test_opening_beneath_only_where_wanted),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_work_goes_on),
        cmocka_unit_test(test_no_core_file),
        cmocka_unit_test(test_missing_directory_fails_closed),
        cmocka_unit_test(test_become),
    };
    return cmocka_run_group_tests(tests, make_places, remove_places);
}
