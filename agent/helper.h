/* The programs that the resident executes for what it has no libraries for: vedette-agent-carry, vedette-agent-work. */
#ifndef VEDETTE_AGENT_HELPER_H
#define VEDETTE_AGENT_HELPER_H

#include <limits.h>
#include <sys/types.h>

struct problem;

/* Where the program is: beside our own executable, else in /usr/lib/vedette. */
int helper_find(const char *name, char ret[PATH_MAX], struct problem *);
/* Execute it with output as its standard output, an empty input, and none of the loop's blocked or ignored signals. 0,
 * or -1 and errno. */
int helper_spawn(const char *program, char *const *argv, int output, pid_t *ret_pid);
/* The same with input as its standard input. */
int helper_spawn_fed(const char *program, char *const *argv, int input, int output, pid_t *ret_pid);

#endif
