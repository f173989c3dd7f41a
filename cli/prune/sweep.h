/* Carrying out a plan: the one place where objects of backups are taken away. */
#ifndef VEDETTE_CLI_PRUNE_SWEEP_H
#define VEDETTE_CLI_PRUNE_SWEEP_H

#include "cli/prune/plan.h"
#include "lib/repository/retention_stop.h"

struct problem;
struct target;

/*
 * Commits first, none before what needs it, so that a kill leaves no backup that is there in part; then what only they
 * listed. The clock is looked at before each, against `began`. *ret_removed counts objects, also where -1 is returned.
 */
int prune_sweep(struct target *, const struct catalogue *, const struct prune_plan *, const struct retention_rules *,
    const struct retention_clock *began, size_t *ret_removed, struct problem *);

#endif
