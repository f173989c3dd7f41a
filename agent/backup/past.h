/* What is left of the backup before: the cache, as far as the target still bears it out. */
#ifndef VEDETTE_AGENT_BACKUP_PAST_H
#define VEDETTE_AGENT_BACKUP_PAST_H

#include "agent/backup/cache.h"

struct target;

/* Its segments become the first stores, its chunks are added to the index. Nothing is believed of which the target does
 * not have the commit; of a segment that is not there, nothing. ret->data NULL: there is nothing. -1 + problem: the
 * target cannot be asked. */
int past_open(const char *file, uint32_t agent, struct target *, struct stores *, struct index *, struct cache *ret,
    struct problem *);

#endif
