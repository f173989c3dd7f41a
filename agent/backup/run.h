/* One backup, from its options to its commit. */
#ifndef VEDETTE_AGENT_BACKUP_RUN_H
#define VEDETTE_AGENT_BACKUP_RUN_H

#include "agent/backup/options.h"

struct problem;

/* 0: the commit is in the target, and *ret says what it says (commit_free). -1 + problem: there is no backup. stopped:
 * asked often; true ends it. The options' paths get what belongs to dumps and databases. */
int backup_run(struct backup_options *, bool (*stopped)(void), struct commit *ret, struct problem *);

#endif
