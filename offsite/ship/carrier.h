/*
 * Carrying what stands in the spools to one target: what a commit needs before the commit, increments in their order
 * behind it. What the target has goes from the spool. Nothing here can be read.
 */
#ifndef VEDETTE_OFFSITE_CARRIER_H
#define VEDETTE_OFFSITE_CARRIER_H

#include "lib/buf.h"
#include "lib/problem.h"
#include "lib/repository/server_sets.h"
#include "lib/target/conf.h"
#include "lib/target/target.h"

struct carrier {
    struct target *target; /* of the owner's file */
    struct target *spools[SERVER_SET_COUNT];
    char folders[SERVER_SET_COUNT][128];
    struct buf object;
    uint64_t objects, bytes; /* carried */
};

/* What of a set waits. */
struct waiting {
    uint64_t objects, bytes;
    int64_t oldest_s; /* wall clock; 0: nothing waits */
    int64_t copied_s; /* when its copier last looked, and copied what there was; 0: never */
};

int carrier_open(const struct target_conf *, const struct target_manner *, struct carrier *ret, struct problem *);
void carrier_close(struct carrier *);

/* A look at one set's spool: everything that was there when it began is in the target. *ret: what there was. -1 +
 * problem: it goes on the next time; *ret is true nevertheless. */
int carrier_look(struct carrier *, enum server_set, struct waiting *ret, struct problem *);

#endif
