/* The programs that the resident executes for what it has no libraries for: vedette-agent-carry, vedette-agent-work. */
#ifndef VEDETTE_AGENT_HELPER_H
#define VEDETTE_AGENT_HELPER_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct problem;

/* Where the program is: beside our own executable, so that all are of one version. */
int helper_find(const char *name, char ret[PATH_MAX], struct problem *);
/* Execute it with output as its standard output, an empty input, and none of the loop's blocked or ignored signals. 0,
 * or -1 and errno. */
int helper_spawn(const char *program, char *const *argv, int output, pid_t *ret_pid);
/* The same with input as its standard input. */
int helper_spawn_fed(const char *program, char *const *argv, int input, int output, pid_t *ret_pid);
/* Execute it to its end, which is its own or comes at the limit; what it wrote, cut off where there is no room. 0: it
 * ended well. */
int helper_ask(const char *program, char *const *argv, int64_t limit_ms, char *ret, size_t room);

#endif
