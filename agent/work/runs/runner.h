/*
 * One process of a task and all that comes of it. Each run has a runner, a process of ours that becomes the parent of
 * whatever its task leaves behind (a subreaper) and lives until all of it is gone: when the task's own process ends,
 * when its time is up, or when we say so or die.
 *
 * No shell comes between the document's words and execve.
 */
#ifndef VEDETTE_AGENT_WORK_RUNNER_H
#define VEDETTE_AGENT_WORK_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/work/runs/account.h"
#include "agent/work/runs/cgroup.h"

struct problem;

#define RUNNER_GRACE_MS 3000 /* between SIGTERM to the task's process group and SIGKILL to everything */
#define RUNNER_SCRIPT_FD 3   /* where an interpreter finds the script: /dev/fd/3 */

struct errand {
    const char *const *argv;        /* ended by NULL; the first is looked up in the environment's PATH */
    const char *const *environment; /* ended by NULL: all there is */
    const char *script;             /* readable as RUNNER_SCRIPT_FD; NULL: none */
    size_t script_bytes;
    bool own_errors;    /* standard error stays ours: a program of the agent, which logs */
    const char *folder; /* where it works; NULL: its user's home */
    const struct account *account;
    const struct cgroup *cgroup; /* path "": none, and resource limits of the process instead */
    int64_t timeout_ms, memory_bytes, processes;
};

enum run_how {
    RUN_EXITED,    /* number: exit status */
    RUN_SIGNALLED, /* number: signal */
    RUN_TIMED_OUT,
    RUN_STOPPED,     /* by runner_stop */
    RUN_NOT_STARTED, /* number: errno of what failed */
};

struct run_end {
    enum run_how how;
    int number;
};

struct runner {
    pid_t pid;
    int output; /* what the task writes; at its end nobody of it is left */
    int result; /* one run_end at the end; nothing if the runner died */
};

/* Both ends of the pipes are non-blocking and close-on-exec; close them and wait for the pid when both have ended. */
int runner_start(const struct errand *, struct runner *ret, struct problem *);
/* End it; its result comes as ever. */
void runner_stop(const struct runner *);

#endif
