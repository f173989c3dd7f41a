/*
 * Restores that people signed: vedette-agent-restore as a run (running.c), and its mail with the restore key service
 * (agent/exchange.h), for it has no keys of envelopes.
 */
#ifndef VEDETTE_AGENT_WORK_RESTORING_H
#define VEDETTE_AGENT_WORK_RESTORING_H

#include "agent/work/cgroup.h"
#include "agent/work/opener.h"
#include "agent/work/runner.h"

#define RESTORING_OUTPUT_BYTES (1 << 20) /* of what it says of its progress */

struct held;
struct restoring;
struct work;

/* Begin it. NULL + problem. */
struct restoring *restoring_start(
    struct work *, const struct held *, struct cgroup *, struct runner *ret, struct problem *);
/* It has ended. */
void restoring_free(struct restoring *);
/* Keys, or that there are none, for a restore that waits for them; of another they are of no use. */
void restoring_take(struct work *, const struct opened *);

#endif
