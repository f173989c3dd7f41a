#include "agent/spawn.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

extern char **environ;

static int connect_streams(const struct spawning *how, posix_spawn_file_actions_t *actions)
{
    int error = posix_spawn_file_actions_adddup2(actions, how->input, STDIN_FILENO);
    if (!error)
        error = posix_spawn_file_actions_adddup2(actions, how->output, STDOUT_FILENO);
    if (!error && how->complaints >= 0)
        error = posix_spawn_file_actions_adddup2(actions, how->complaints, STDERR_FILENO);
    return error;
}

int spawn(const struct spawning *how, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, piped;
    sigemptyset(&none);
    sigemptyset(&piped);
    sigaddset(&piped, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &piped);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (how->own_group ? POSIX_SPAWN_SETPGROUP : 0));
    int error = connect_streams(how, &actions);
    if (!error)
        error = posix_spawnp(
            ret_pid, how->program, &actions, &attributes, how->argv, how->environment ? how->environment : environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    errno = error;
    return error ? -1 : 0;
}
