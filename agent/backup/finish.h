/*
 * The end of a backup: its manifest, then its commit, the last object. Before the commit everything that it lists is
 * looked for once more, because prune gives what no commit lists 72 hours, and a backup may have taken most of two
 * days.
 *
 * Where a file is named, both lie there before the first of them is put: a kill anywhere behind that costs nothing, for
 * the same two are put then, and of one backup there is never another commit.
 */
#ifndef VEDETTE_AGENT_BACKUP_FINISH_H
#define VEDETTE_AGENT_BACKUP_FINISH_H

#include "lib/repository/commit.h"
#include "lib/target/target.h"

struct finish {
    struct target *target;
    uint32_t agent;
    const char *file;    /* the commit; FILE.manifest beside it; NULL: they lie nowhere else */
    int64_t commit_by_s; /* 0: whenever */
};

/* manifest and object are the sealed manifest and the signed commit, which is what commit says. -1 + problem: there is
 * no backup, or, killed within the last call, one that nobody here knows of. */
int finish_backup(const struct finish *, const struct commit *, const struct iovec *manifest, size_t n,
    const struct iovec *object, struct problem *);

/* One that lies there already: it is put, if all that it lists is still there. 1: *ret is its commit. 0: there is none.
 * -1 + problem. signer: our own key's fingerprint. */
int finish_again(const struct finish *, const char *backup, const char *signer, struct commit *ret, struct problem *);

#endif
