/* What of the state directory belongs to a set: in the order of trees, names rising by their bytes in each folder. */
#ifndef VEDETTE_OFFSITE_WALK_H
#define VEDETTE_OFFSITE_WALK_H

#include <sys/stat.h>

#include "offsite/copy/manner.h"

struct problem;

/* All: 0, or -1 + problem, which ends it. path is of the state directory, name its last word. */
struct visitor {
    int (*enter)(void *arg, const char *path, const char *name, const struct stat *, struct problem *);
    int (*leave)(void *arg, struct problem *);
    int (*file)(void *arg, const char *path, const char *name, const struct stat *, enum manner, struct problem *);
    void *arg;
};

/* The working directory is the state directory. once: with what is copied once a day. Links, sockets and the like are
 * passed over; what goes while we look is not there. */
int walk_set(enum server_set, bool once, const struct visitor *, struct problem *);

#endif
