/*
 * What was chosen of a tree comes to stand beneath a folder: folders first, then what has no content, then contents,
 * segment by segment, in two threads; links to files, and at last what folders look like. What stands there already and
 * is the same is left alone, so a restore that was broken off goes on; what stands there and is another thing stays.
 */
#ifndef VEDETTE_CLI_RESTORE_EXTRACT_H
#define VEDETTE_CLI_RESTORE_EXTRACT_H

#include "cli/restore/beneath.h"
#include "lib/repository/reader.h"
#include "lib/target/conf.h"

#define EXTRACT_TOLD_MAX 20 /* failures that are told one by one */

struct extracted {
    uint64_t entries, bytes; /* restored */
    uint64_t same;           /* were there */
    uint64_t failed;         /* and told on standard error, the first of them */
    uint64_t unsteady;       /* changed while they were backed up, of those restored */
};

/* chosen: a byte for each node. -1 + problem: the backup is damaged, or cannot be had; what is complete, stays. */
int extract(const struct target_conf *, const struct reader_key *, const struct commit *, const struct nodes *,
    uint8_t *chosen, const struct beneath *, struct extracted *ret, struct problem *);

#endif
