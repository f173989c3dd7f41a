/*
 * A new version on trial: its resident, started and looked at, and its self-test. The resident is a child of ours, or
 * systemd's service where the agent is installed.
 */
#ifndef VEDETTE_UPDATE_TRIAL_H
#define VEDETTE_UPDATE_TRIAL_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/update/update.h"

struct trial {
    bool installed;
    const char *folder;         /* of versions (agent/programs.h) */
    const char *state, *policy; /* whole paths; policy NULL: the default */
    int state_fd;
    pid_t resident; /* our child, or the process that says it is the service's; 0: none yet */
    pid_t tester;   /* the self-test; 0: it has ended */
    int64_t started_ms;
    struct update_seen seen;
};

/* What `current` leads to, from its beginning; it counts for version. -1: it could not be started. */
int trial_start(struct trial *, struct problem *);
/* How it is now: trial->seen. */
void trial_look(struct trial *, const char *version);
/* Does the version before reach the server? Takes as long as a delivery. */
void trial_ask_predecessor(struct trial *);
/* End our child, cleanly if it does so; nothing of systemd's. */
void trial_end(struct trial *);
/* Have systemd start anew what `current` leads to. */
int trial_restart(struct problem *);

#endif
