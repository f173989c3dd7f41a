/* Whether all that a commit lists is there: looked at before it is put, for a backup that lacks something is none. */
#ifndef VEDETTE_REPOSITORY_COMPLETE_H
#define VEDETTE_REPOSITORY_COMPLETE_H

#include "lib/repository/commit.h"

struct target;

#define COMMIT_LACKS "lost-segments"

/* By one list of the target. -1 + problem, of this code where a segment is not there or has another size. */
int commit_complete(struct target *, const struct commit *, struct problem *);

#endif
