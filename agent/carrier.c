#include "agent/carrier.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/helper.h"
#include "lib/loop.h"
#include "lib/problem.h"

static void kill_late(void *arg)
{
    struct carrier *carrier = arg;
    if (carrier->pid)
        kill(carrier->pid, SIGKILL);
}

int carrier_open(struct carrier *carrier, struct loop *loop, struct problem *problem)
{
    if (helper_find("vedette-agent-carry", carrier->program, problem))
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

void carrier_dismiss(struct carrier *carrier)
{
    if (carrier->input >= 0)
        close(carrier->input);
    carrier->input = -1;
}

static void release(struct carrier *carrier)
{
    loop_timer_clear(carrier->limit);
    loop_unwatch(carrier->ending);
    loop_unwatch(carrier->talking);
    carrier_dismiss(carrier);
    close(carrier->pidfd);
    close(carrier->output);
    carrier->pid = 0;
}

static void say_outcome(struct carrier *carrier, const struct outcome *outcome)
{
    carrier->told = true;
    carrier->done(carrier->arg, outcome);
}

/* A line, without its end; what is none of the three has no meaning. */
static void take_line(struct carrier *carrier, const char *line, size_t length)
{
    struct outcome outcome;
    struct problem problem;
    if (!strcmp(line, "in"))
        carrier->arrived(carrier->arg);
    else if (!strncmp(line, "end ", 4))
        carrier->made = (unsigned)strtoul(line + 4, NULL, 10);
    else if (!outcome_parse(line, length, &outcome, &problem))
        say_outcome(carrier, &outcome);
}

/* What it has said so far. Each line is a sign of life. */
static void listen_to(struct carrier *carrier)
{
    for (;;) {
        ssize_t count =
            read(carrier->output, carrier->line + carrier->length, sizeof(carrier->line) - 1 - carrier->length);
        if (count <= 0)
            return;
        carrier->length += (size_t)count;
        for (char *end; (end = memchr(carrier->line, '\n', carrier->length));) {
            size_t length = (size_t)(end - carrier->line);
            *end = '\0';
            loop_timer_set(carrier->limit, (int64_t)CARRY_LIMIT_MS * 1000);
            take_line(carrier, carrier->line, length);
            if (!carrier->pid)
                return; /* whom it was told to closed it */
            carrier->length -= length + 1;
            memmove(carrier->line, end + 1, carrier->length);
        }
        /* Longer than any line is: nonsense. */
        if (carrier->length == sizeof(carrier->line) - 1)
            carrier->length = 0;
    }
}

static void talks(void *arg, uint32_t events)
{
    struct carrier *carrier = arg;
    listen_to(carrier);
    /* It has closed its output: that it ends is seen elsewhere, and epoll would not rest. */
    if (carrier->pid && events & EPOLLHUP) {
        loop_unwatch(carrier->talking);
        carrier->talking = NULL;
    }
}

static void ends(void *arg, uint32_t events)
{
    (void)events;
    struct carrier *carrier = arg;
    const struct outcome silent = { .code = "no-outcome",
        .reason = "the carrier ended without saying what became of the mail" };
    listen_to(carrier);
    if (!carrier->pid)
        return;
    waitpid(carrier->pid, NULL, 0);
    release(carrier);
    if (!carrier->told)
        say_outcome(carrier, &silent);
    /* Killed behind its good outcome, it may have made none of the rounds that it was asked for. */
    carrier->ended(carrier->arg, carrier->made < carrier->asked);
}

static int watch(struct carrier *carrier, pid_t pid, int input, int output)
{
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct loop_watch *ending = pidfd < 0 ? NULL : loop_watch(carrier->loop, pidfd, EPOLLIN, ends, carrier);
    struct loop_watch *talking = ending ? loop_watch(carrier->loop, output, EPOLLIN, talks, carrier) : NULL;
    if (!talking) {
        int error = errno;
        loop_unwatch(ending);
        if (pidfd >= 0)
            close(pidfd);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        errno = error;
        return -1;
    }
    carrier->pid = pid;
    carrier->pidfd = pidfd;
    carrier->input = input;
    carrier->output = output;
    carrier->ending = ending;
    carrier->talking = talking;
    carrier->length = 0;
    carrier->asked = 1;
    carrier->made = 0;
    carrier->told = false;
    loop_timer_set(carrier->limit, (int64_t)CARRY_LIMIT_MS * 1000);
    return 0;
}

static int execute(struct carrier *carrier, char *const *argv, const int input[2], const int output[2])
{
    pid_t pid;
    return helper_spawn_fed(carrier->program, argv, input[0], output[1], &pid) ||
                   watch(carrier, pid, input[1], output[0])
               ? -1
               : 0;
}

int carrier_start(struct carrier *carrier, const char *instance, const char *nonce, struct problem *problem)
{
    /* The working directory is the state directory. execve's argv is not const for historical reasons only. */
    char *argv[] = { carrier->program, (char *)"mail", (char *)"--state", (char *)".", (char *)"--instance",
        (char *)instance, nonce ? (char *)"--nonce" : NULL, (char *)nonce, NULL };
    int input[2], output[2];
    if (pipe2(input, O_CLOEXEC))
        return problem_errno(problem, "no-carry", "", "cannot make a pipe");
    if (pipe2(output, O_CLOEXEC)) {
        problem_errno(problem, "no-carry", "", "cannot make a pipe");
        close(input[0]);
        close(input[1]);
        return -1;
    }
    /* Our ends only: the carrier waits on its own. */
    int error = fcntl(input[1], F_SETFL, O_NONBLOCK) || fcntl(output[0], F_SETFL, O_NONBLOCK) ||
                execute(carrier, argv, input, output);
    if (error) {
        problem_errno(problem, "no-carry", carrier->program, "cannot execute %s", carrier->program);
        close(input[1]);
        close(output[0]);
    }
    close(input[0]);
    close(output[1]);
    return error ? -1 : 0;
}

void carrier_nudge(struct carrier *carrier)
{
    carrier->asked++;
    /* A full pipe asks for more rounds than anybody needs; one that is closed on the other side is seen at the end. */
    if (carrier->input >= 0 && write(carrier->input, "\n", 1) < 0)
        return;
}

void carrier_close(struct carrier *carrier)
{
    if (!carrier->pid)
        return;
    kill(carrier->pid, SIGKILL);
    waitpid(carrier->pid, NULL, 0);
    release(carrier);
}
