#include "agent/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/problem.h"

#define INSTALLED "/usr/lib/vedette/"
#define NAME_BYTES 64

extern char **environ;

int helper_find(const char *name, char ret[PATH_MAX], struct problem *problem)
{
    char own[PATH_MAX - NAME_BYTES];
    ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);
    if (length > 0) {
        own[length] = '\0';
        char *slash = strrchr(own, '/');
        snprintf(ret, PATH_MAX, "%.*s/%.*s", slash ? (int)(slash - own) : 0, own, NAME_BYTES - 2, name);
        if (!access(ret, X_OK))
            return 0;
    }
    snprintf(ret, PATH_MAX, INSTALLED "%s", name);
    if (access(ret, X_OK))
        return problem_set(
            problem, "no-helper", name, "%s is neither beside this program nor in /usr/lib/vedette", name);
    return 0;
}

int helper_spawn_fed(const char *program, char *const *argv, int input, int output, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, piped;
    sigemptyset(&none);
    sigemptyset(&piped);
    sigaddset(&piped, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    int error = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
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
