/* What is left of the backup before: the cache, as far as the target still bears it out. */
#ifndef VEDETTE_AGENT_BACKUP_PAST_H
#define VEDETTE_AGENT_BACKUP_PAST_H

#include "agent/backup/cache.h"

struct target;

/*
 * Its segments become the first stores, its chunks are added to the index. Nothing is believed of which the target does
 * not have the commit; of a segment that is not there, nothing. Nor of one whose last date is before this backup's
 * slot: a pruner may have condemned it, and take it away before the commit that would need it again is there. Until 72
 * hours after that date nothing goes, and an order is carried out within 48. Nor of one of which the last backup needed
 * less than a quarter: what is left of it is stored anew, and it goes with the backups that list it. ret->data NULL:
 * there is nothing, but its commit's hash where it was missed. -1 + problem: the target cannot be asked.
 */
int past_open(const char *file, uint32_t agent, int64_t slot, struct target *, struct stores *, struct index *,
    struct cache *ret, struct problem *);

#endif
