/*
 * A control group (v2) for one run: what it forks cannot leave it, so all of it can be limited and ended together.
 * Where there is none, or no controller for a limit, the caller limits by other means.
 */
#ifndef VEDETTE_AGENT_WORK_CGROUP_H
#define VEDETTE_AGENT_WORK_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

struct cgroup {
    char path[512];         /* "": there is none */
    bool memory, processes; /* which limits hold */
};

/* Once, at the start: find our own group, and where systemd has delegated it to us make room for groups in it. */
void cgroup_open(void);

/* Groups whose name begins so are left of a crash: whatever is in them ends, and they go. */
void cgroup_tidy(const char *begin);

/* In our own group, by a name of letters, digits and hyphens. None without an error where it cannot be had. */
void cgroup_make(const char *name, int64_t memory_bytes, int64_t processes, struct cgroup *ret);
/* The calling process moves into it. 0 or -1. */
int cgroup_enter(const struct cgroup *);
/* SIGKILL to everything in it. */
void cgroup_kill(const struct cgroup *);
bool cgroup_is_empty(const struct cgroup *);
/* It must be empty. */
void cgroup_remove(struct cgroup *);

#endif
