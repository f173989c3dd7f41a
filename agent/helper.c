#include "agent/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/programs.h"
#include "agent/spawn.h"
#include "lib/clock.h"
#include "lib/problem.h"

int helper_find(const char *name, char ret[PATH_MAX], struct problem *problem)
{
    char own[PATH_MAX];
    if (programs_own(own, problem))
        return -1;
    snprintf(ret, PATH_MAX, "%.4000s/%.64s", own, name);
    return access(ret, X_OK) ? problem_set(problem, "no-helper", name, "%s is not beside this program", name) : 0;
}

int helper_spawn_fed(const char *program, char *const *argv, int input, int output, pid_t *ret_pid)
{
    struct spawning how = { .program = program, .argv = argv, .input = input, .output = output, .complaints = -1 };
    return spawn(&how, ret_pid);
}

int helper_spawn(const char *program, char *const *argv, int output, pid_t *ret_pid)
{
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (input < 0)
        return -1;
    int error = helper_spawn_fed(program, argv, input, output, ret_pid), why = errno;
    close(input);
    errno = why;
    return error;
}

/* Until its end, or the limit. What there is no room for is read, so that it does not wait for us. */
static void read_until(int from, int64_t until_ms, char *ret, size_t room)
{
    struct pollfd input = { from, POLLIN, 0 };
    char beyond[512];
    size_t length = 0;
    ssize_t count = 1;
    while (count > 0 && clock_mono_ms() < until_ms && poll(&input, 1, (int)(until_ms - clock_mono_ms())) == 1) {
        bool kept = length + 1 < room;
        count = kept ? read(from, ret + length, room - 1 - length) : read(from, beyond, sizeof(beyond));
        length += kept && count > 0 ? (size_t)count : 0;
    }
    ret[length] = '\0';
}

int helper_ask(const char *program, char *const *argv, int64_t limit_ms, char *ret, size_t room)
{
    const struct timespec pause = { 0, 5000000 };
    int64_t until_ms = clock_mono_ms() + limit_ms;
    int ends[2], status = -1;
    pid_t pid, ended = 0;
    if (pipe2(ends, O_CLOEXEC))
        return -1;
    int error = helper_spawn(program, argv, ends[1], &pid);
    close(ends[1]);
    if (!error)
        read_until(ends[0], until_ms, ret, room);
    close(ends[0]);
    if (error)
        return -1;
    while (!(ended = waitpid(pid, &status, WNOHANG)) && clock_mono_ms() < until_ms)
        nanosleep(&pause, NULL);
    if (!ended) {
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
    }
    return status ? -1 : 0;
}
