/* What is left of the backup before: the cache, as far as the target still bears it out. */
#ifndef VEDETTE_AGENT_BACKUP_PAST_H
#define VEDETTE_AGENT_BACKUP_PAST_H

#include "agent/backup/cache.h"

struct target;

/*
 * Its segments become the first stores, its chunks are added to the index; but only while the target has the commit
 * that the cache was written with, and of the segments only those that are in the target, are kept at least until this
 * backup's slot, and were needed by the last backup for at least a quarter.
 *
 * One that is kept no longer a pruner may have condemned, and delete before the commit that would need it again is
 * there: nothing goes until 72 hours after its last date, and an order is carried out within 48. Of one that was needed
 * for less than a quarter the rest is stored anew, so that it goes with the backups that list it.
 *
 * ret->data NULL: there is no cache; where only its commit was missing, ret has that commit's hash. -1 + problem: the
 * target cannot be asked.
 */
int past_open(const char *file, uint32_t agent, int64_t slot, struct target *, struct stores *, struct index *,
    struct cache *ret, struct problem *);

#endif
