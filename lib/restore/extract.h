/*
 * What was chosen of a tree comes to stand beneath a folder: folders first, then what has no content, then contents,
 * segment by segment, in two threads; links to files, and at last what folders look like. What stands there already and
 * is the same is left alone, so a restore that was broken off goes on; what stands there and is another thing stays.
 */
#ifndef VEDETTE_RESTORE_EXTRACT_H
#define VEDETTE_RESTORE_EXTRACT_H

#include <stdatomic.h>

#include "lib/restore/beneath.h"
#include "lib/repository/reader.h"
#include "lib/target/conf.h"

#define EXTRACT_TOLD_MAX 20 /* failures that are told one by one */

struct extracted {
    uint64_t entries, bytes; /* restored */
    uint64_t same;           /* were there */
    uint64_t failed;         /* and told on standard error, the first of them */
    uint64_t unsteady;       /* changed while they were backed up, of those restored */
    uint64_t chosen;         /* entries, of which those are */
    uint64_t due_bytes;      /* of content that is to be written: what was not there */
    uint64_t written_bytes;  /* of these */
};

/* What is restored, and to where; all borrowed. */
struct extract_job {
    const struct target_conf *conf;
    const struct reader_key *key;
    const struct commit *commit;
    const struct nodes *nodes;
    uint8_t *chosen; /* a byte for each node; what cannot be restored is taken out */
    const struct beneath *beneath;
    void (*progress)(void *arg, const struct extracted *); /* by any thread, one at a time; may be NULL */
    void *arg;
    const atomic_bool *stop; /* once it is set, no more contents are begun: "stopped"; may be NULL */
};
/* -1 + problem: the backup is damaged, or cannot be had; what is complete, stays. */
int extract(const struct extract_job *, struct extracted *ret, struct problem *);

#endif
