/*
 * Restores that people signed: vedette-agent-restore as a run (running.c), and its mail with the restore key service
 * (agent/exchange.h), for it has no keys of envelopes.
 */
#ifndef VEDETTE_AGENT_WORK_RESTORING_H
#define VEDETTE_AGENT_WORK_RESTORING_H

#include "agent/work/envelopes/opener.h"
#include "agent/work/runs/cgroup.h"
#include "agent/work/runs/runner.h"

#define RESTORING_OUTPUT_BYTES (1 << 20) /* of what it says besides its progress */

struct held;
struct problem;
struct restoring;
struct run_output;
struct work;

/* Begin it. NULL + problem. */
struct restoring *restoring_start(
    struct work *, const struct held *, struct cgroup *, struct runner *ret, struct problem *);
/* What stands in its pipe: how far it is, which the server is told; all else is its output. */
void restoring_read(struct restoring *, int fd, struct run_output *);
/* It ended badly: as it said itself why. false: it did not say. What is set lives as long as the restore. */
bool restoring_why(const struct restoring *, struct problem *);
/* It has ended. */
void restoring_free(struct restoring *);
/* Keys, or that there are none, for a restore that waits for them; of another they are of no use. */
void restoring_take(struct work *, const struct opened *);

#endif
