/* Another program is executed, with none of the loop's blocked or ignored signals. */
#ifndef VEDETTE_AGENT_SPAWN_H
#define VEDETTE_AGENT_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

struct spawning {
    const char *program; /* without a slash: looked for in PATH */
    char *const *argv;
    char *const *environment; /* NULL: our own */
    int input, output;
    int complaints; /* its standard error; -1: our own */
    bool own_group; /* a process group, so that it can be ended with all that it starts */
};

/* 0, or -1 and errno. */
int spawn(const struct spawning *, pid_t *ret_pid);

#endif
