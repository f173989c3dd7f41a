#include "agent/carrier.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/loop.h"
#include "lib/problem.h"

#define NAME "vedette-agent-carry"
#define INSTALLED "/usr/lib/vedette/" NAME

extern char **environ;

int carrier_find(char ret[PATH_MAX], struct problem *problem)
{
    char own[PATH_MAX - sizeof(NAME)];
    ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);
    if (length > 0) {
        own[length] = '\0';
        char *slash = strrchr(own, '/');
        snprintf(ret, PATH_MAX, "%.*s/" NAME, slash ? (int)(slash - own) : 0, own);
        if (!access(ret, X_OK))
            return 0;
    }
    if (access(INSTALLED, X_OK))
        return problem_set(problem, "no-carry", NAME, NAME " is neither beside this program nor in /usr/lib/vedette");
    memcpy(ret, INSTALLED, sizeof(INSTALLED));
    return 0;
}

static void kill_late(void *arg)
{
    struct carrier *carrier = arg;
    if (carrier->pid)
        kill(carrier->pid, SIGKILL);
}

int carrier_open(struct carrier *carrier, struct loop *loop, struct problem *problem)
{
    if (carrier_find(carrier->program, problem))
        return -1;
    carrier->loop = loop;
    carrier->pid = 0;
    carrier->limit = loop_timer(loop, kill_late, carrier);
    return carrier->limit ? 0 : problem_errno(problem, "no-memory", "", "cannot make a timer");
}

bool carrier_busy(const struct carrier *carrier)
{
    return carrier->pid != 0;
}

static void release(struct carrier *carrier)
{
    loop_timer_clear(carrier->limit);
    loop_unwatch(carrier->watch);
    close(carrier->pidfd);
    close(carrier->output);
    carrier->pid = 0;
}

/* It has ended, so all it wrote stands in the pipe, which holds more than an outcome can have. */
static void take_outcome(struct carrier *carrier, struct outcome *ret)
{
    char text[OUTCOME_LIMIT_BYTES];
    struct problem problem;
    ssize_t length = read(carrier->output, text, sizeof(text));
    if (length > 0 && !outcome_parse(text, (size_t)length, ret, &problem))
        return;
    *ret =
        (struct outcome){ .code = "no-outcome", .reason = "the carrier ended without saying what became of the mail" };
}

static void ended(void *arg, uint32_t events)
{
    (void)events;
    struct carrier *carrier = arg;
    struct outcome outcome;
    take_outcome(carrier, &outcome);
    waitpid(carrier->pid, NULL, 0);
    release(carrier);
    carrier->done(carrier->arg, &outcome);
}

/* The child gets its output, an empty input, and none of the loop's blocked or ignored signals. */
static int spawn(const char *program, char *const *argv, int output, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, piped;
    sigemptyset(&none);
    sigemptyset(&piped);
    sigaddset(&piped, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    int error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!error)
        error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &piped);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (!error)
        error = posix_spawn(ret_pid, program, &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    errno = error;
    return error ? -1 : 0;
}

static int watch(struct carrier *carrier, pid_t pid, int output)
{
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct loop_watch *watched = pidfd < 0 ? NULL : loop_watch(carrier->loop, pidfd, EPOLLIN, ended, carrier);
    if (!watched) {
        int error = errno;
        if (pidfd >= 0)
            close(pidfd);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        errno = error;
        return -1;
    }
    carrier->pid = pid;
    carrier->pidfd = pidfd;
    carrier->output = output;
    carrier->watch = watched;
    loop_timer_set(carrier->limit, (int64_t)CARRY_LIMIT_MS * 1000);
    return 0;
}

int carrier_start(struct carrier *carrier, const char *instance, const char *nonce, struct problem *problem)
{
    /* The working directory is the state directory. execve's argv is not const for historical reasons only. */
    char *argv[] = { carrier->program, (char *)"mail", (char *)"--state", (char *)".", (char *)"--instance",
        (char *)instance, nonce ? (char *)"--nonce" : NULL, (char *)nonce, NULL };
    int ends[2];
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
        return problem_errno(problem, "no-carry", "", "cannot make a pipe");
    int error = spawn(carrier->program, argv, ends[1], &pid) || watch(carrier, pid, ends[0]);
    if (error) {
        problem_errno(problem, "no-carry", carrier->program, "cannot execute %s", carrier->program);
        close(ends[0]);
    }
    close(ends[1]);
    return error ? -1 : 0;
}

void carrier_close(struct carrier *carrier)
{
    if (!carrier->pid)
        return;
    kill(carrier->pid, SIGKILL);
    waitpid(carrier->pid, NULL, 0);
    release(carrier);
}
