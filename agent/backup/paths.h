/* The paths that a backup is told of: as they were typed, and then absolute, in one form, and in the order of the walk.
 */
#ifndef VEDETTE_AGENT_BACKUP_PATHS_H
#define VEDETTE_AGENT_BACKUP_PATHS_H

#include "agent/backup/options.h"

struct problem;

/* Each takes in one, and returns what is wrong with it, or NULL. */
const char *paths_add(struct backup_options *, const char *text);
const char *paths_add_excluded(struct backup_options *, const char *text);
const char *paths_add_database(struct backup_options *, const char *text);
const char *paths_add_within(struct backup_options *, const char *text);

/* Sorted as the walk goes; what stands within another is in it anyway. Again, when some were added. */
void paths_order(struct backup_options *);
/* Whether there is anything, all within what the endpoint's owner lets be backed up. -1 + problem. */
int paths_check(const struct backup_options *, struct problem *);
void paths_free(struct backup_options *);

#endif
