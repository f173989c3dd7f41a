#include "agent/work/runs/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/problem.h"

#define FILES_MAX 4096     /* open at a time in a task */
#define END_LIMIT_MS 10000 /* to see everything gone after SIGKILL */
#define CHILDREN_TEXT_BYTES 65536

/* The task's process, until it is another program. */

/* A sanitizer's shadow takes terabytes of addresses: a program of our own that has one could not start. */
#ifdef __SANITIZE_ADDRESS__
#define OWN_ADDRESSES_COUNT false
#else
#define OWN_ADDRESSES_COUNT true
#endif

/* Without a control group: of each process its memory, and of the user its processes (root's are not counted). */
static int limit(const struct errand *errand)
{
    const struct rlimit none = { 0, 0 }, files = { FILES_MAX, FILES_MAX };
    const struct rlimit memory = { (rlim_t)errand->memory_bytes, (rlim_t)errand->memory_bytes };
    const struct rlimit processes = { (rlim_t)errand->processes, (rlim_t)errand->processes };
    if (setrlimit(RLIMIT_CORE, &none) || setrlimit(RLIMIT_NOFILE, &files))
        return -1;
    if (!errand->cgroup->memory && (OWN_ADDRESSES_COUNT || !errand->own_errors) && setrlimit(RLIMIT_AS, &memory))
        return -1;
    return !errand->cgroup->processes && setrlimit(RLIMIT_NPROC, &processes) ? -1 : 0;
}

/* The script in memory that nobody can write to any more: it is on no disk, and no other task sees it. */
static int script_fd(const struct errand *errand)
{
    int fd = memfd_create("script", MFD_ALLOW_SEALING);
    size_t done = 0;
    while (fd >= 0 && done < errand->script_bytes) {
        ssize_t count = write(fd, errand->script + done, errand->script_bytes - done);
        if (count < 0)
            return -1;
        done += (size_t)count;
    }
    if (fd < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) ||
        fchmod(fd, 0555) || lseek(fd, 0, SEEK_SET))
        return -1;
    return fd;
}

/* Nothing but standard input (empty), output, error and the script; `said` stays open until execve. */
static int arrange_files(const struct errand *errand, int output, int *said)
{
    int input = open("/dev/null", O_RDONLY), script = errand->script ? script_fd(errand) : -1;
    /* All sources above the places that they go to. */
    int high_output = fcntl(output, F_DUPFD, 10), high_said = fcntl(*said, F_DUPFD, 10);
    int high_script = script < 0 ? -1 : fcntl(script, F_DUPFD, 10);
    if (input < 0 || high_output < 0 || high_said < 0 || (errand->script && high_script < 0))
        return -1;
    if (dup2(input, 0) < 0 || dup2(high_output, 1) < 0 ||
        (!errand->own_errors && dup2(high_output, 2) < 0) ||
        (errand->script && dup2(high_script, RUNNER_SCRIPT_FD) < 0))
        return -1;
    unsigned kept = errand->script ? RUNNER_SCRIPT_FD + 1 : RUNNER_SCRIPT_FD;
    if (dup2(high_said, (int)kept) < 0 || close_range(kept + 1, ~0u, 0))
        return -1;
    *said = (int)kept;
    return fcntl(*said, F_SETFD, FD_CLOEXEC);
}

static void become_task(const struct errand *errand, int output, int said)
{
    sigset_t none;
    sigemptyset(&none);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    umask(022);
    if (setsid() < 0 || (*errand->cgroup->path && cgroup_enter(errand->cgroup)) || limit(errand) ||
        arrange_files(errand, output, &said) || account_become(errand->account) || chdir("/"))
        goto failed;
    if (errand->folder && chdir(errand->folder))
        goto failed;
    if (!errand->folder && chdir(errand->account->home))
        errno = 0; /* stays in / */
    environ = (char **)errand->environment;
    execvp(errand->argv[0], (char *const *)errand->argv);
failed:;
    int number = errno;
    if (write(said, &number, sizeof(number)) < 0)
        _exit(126);
    _exit(127);
}

static int64_t left_ms(int64_t until_ms)
{
    int64_t left = until_ms - clock_mono_ms();
    return left > 0 ? left : 0;
}

/* Reap what has ended; true if the task's own process is among it. */
static bool reap(pid_t task, int *ret_status)
{
    bool ended = false;
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == task) {
            *ret_status = status;
            ended = true;
        }
    }
    return ended;
}

/* Until the task's process ends (true), its time is up or we are told to stop (*ret_stopped). */
static bool await(pid_t task, int64_t until_ms, const sigset_t *signals, int *ret_status, bool *ret_stopped)
{
    while (!reap(task, ret_status)) {
        int64_t left = left_ms(until_ms);
        const struct timespec wait = { left / 1000, left % 1000 * 1000000 };
        int number = left ? sigtimedwait(signals, NULL, &wait) : -1;
        if (number == SIGTERM)
            *ret_stopped = true;
        if (number == SIGTERM || !left)
            return false;
    }
    return true;
}

/* SIGKILL to our children; what they leave behind becomes our child in turn. */
static void kill_children(void)
{
    static char text[CHILDREN_TEXT_BYTES];
    int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0)
        close(fd);
    text[length > 0 ? length : 0] = '\0';
    for (char *at = text; *at;) {
        long pid = strtol(at, &at, 10);
        if (pid > 1)
            kill((pid_t)pid, SIGKILL);
        at += strspn(at, " \n");
    }
}

static void end_all(const struct errand *errand, pid_t task)
{
    int64_t until_ms = clock_mono_ms() + END_LIMIT_MS;
    const struct timespec pause = { 0, 2000000 };
    for (;;) {
        if (*errand->cgroup->path)
            cgroup_kill(errand->cgroup);
        kill(-task, SIGKILL);
        kill_children();
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
        bool none = waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
        if ((none && (!*errand->cgroup->path || cgroup_is_empty(errand->cgroup))) || !left_ms(until_ms))
            return;
        nanosleep(&pause, NULL);
    }
}

static struct run_end run(const struct errand *errand, pid_t task, const sigset_t *signals)
{
    int status = 0;
    bool stopped = false, ended = await(task, clock_mono_ms() + errand->timeout_ms, signals, &status, &stopped);
    if (!ended) {
        bool again = false;
        kill(-task, SIGTERM);
        await(task, clock_mono_ms() + RUNNER_GRACE_MS, signals, &status, &again);
    }
    end_all(errand, task);
    if (!ended)
        return (struct run_end){ stopped ? RUN_STOPPED : RUN_TIMED_OUT, 0 };
    if (WIFSIGNALED(status))
        return (struct run_end){ RUN_SIGNALLED, WTERMSIG(status) };
    return (struct run_end){ RUN_EXITED, WEXITSTATUS(status) };
}

/* How execve went: 0, or the errno that came through the pipe, which ends with execve. The task's process is gone by now: it
 * need not have come as far as execve, where its home does not answer. */
static int exec_error(int said)
{
    int number = 0;
    fcntl(said, F_SETFL, O_NONBLOCK);
    return read(said, &number, sizeof(number)) == sizeof(number) ? number : 0;
}

static struct run_end run_task(const struct errand *errand, pid_t task, int said, const sigset_t *signals)
{
    struct run_end end = run(errand, task, signals);
    int number = exec_error(said);
    return number ? (struct run_end){ RUN_NOT_STARTED, number } : end;
}

static void runner_process(const struct errand *errand, pid_t parent, int output, int result)
{
    struct run_end end = { RUN_NOT_STARTED, 0 };
    sigset_t signals;
    int said[2];
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_SETMASK, &signals, NULL);
    prctl(PR_SET_NAME, "vedette-runner");
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) || prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent ||
        pipe2(said, O_CLOEXEC)) {
        end.number = errno;
    } else {
        pid_t task = fork();
        end.number = errno;
        if (!task)
            become_task(errand, output, said[1]);
        close(said[1]);
        close(output);
        if (task > 0)
            end = run_task(errand, task, said[0], &signals);
    }
    if (write(result, &end, sizeof(end)) != sizeof(end))
        _exit(1);
    _exit(0);
}

int runner_start(const struct errand *errand, struct runner *ret, struct problem *problem)
{
    int output[2], result[2];
    pid_t parent = getpid();
    if (pipe2(output, O_CLOEXEC))
        return problem_errno(problem, "no-run", "", "cannot make a pipe");
    if (pipe2(result, O_CLOEXEC)) {
        problem_errno(problem, "no-run", "", "cannot make a pipe");
        close(output[0]);
        close(output[1]);
        return -1;
    }
    pid_t pid = fork();
    if (!pid)
        runner_process(errand, parent, output[1], result[1]);
    int error = errno;
    close(output[1]);
    close(result[1]);
    if (pid < 0) {
        close(output[0]);
        close(result[0]);
        errno = error;
        return problem_errno(problem, "no-run", "", "cannot fork");
    }
    fcntl(output[0], F_SETFL, O_NONBLOCK);
    fcntl(result[0], F_SETFL, O_NONBLOCK);
    *ret = (struct runner){ pid, output[0], result[0] };
    return 0;
}

void runner_stop(const struct runner *runner)
{
    kill(runner->pid, SIGTERM);
}
