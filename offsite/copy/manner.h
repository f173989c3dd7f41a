/* How a file of the state directory is copied. Pure. */
#ifndef VEDETTE_OFFSITE_MANNER_H
#define VEDETTE_OFFSITE_MANNER_H

#include <stdbool.h>

#include "lib/repository/server_sets.h"

enum manner {
    MANNER_NONE,     /* not this set's, or made again by itself */
    MANNER_FILE,     /* by blocks, when it changed */
    MANNER_DATABASE, /* by pages, as they were committed */
    MANNER_JOURNAL,  /* audit's: whole frames; they stay until the next backup, even where audit drops them */
    MANNER_OUTBOX,   /* while events wait in it: what audit has is in the journal */
    MANNER_ONCE,     /* with the daily backup, and not in between: what came since is in the journal, or comes anew */
};

/* path: relative to the state directory. A folder's manner says only whether to look into it (not NONE), and whether
 * between backups (not ONCE). */
enum manner manner_of(enum server_set, const char *path, bool folder);

#endif
