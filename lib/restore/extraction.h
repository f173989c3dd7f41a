/* One extraction under way: what extract.c and contents.c share. */
#ifndef VEDETTE_RESTORE_EXTRACTION_H
#define VEDETTE_RESTORE_EXTRACTION_H

#include <pthread.h>

#include "lib/problem.h"
#include "lib/restore/extract.h"

struct extraction {
    const struct extract_job *job;
    uint32_t *stand_in;        /* of a file: the node that has its content here; NODE_NONE: none yet */
    uint8_t *made;             /* folders that were not there */
    file_identity *identities; /* of folders, and of files that were made */
    size_t n_parts, room;
    struct node_piece *parts; /* what is to be written, where: by segment and place */
    _Atomic uint32_t *left;   /* of a file: parts still to be written */
    pthread_mutex_t lock;     /* of all below */
    uint8_t *lost;            /* entries that failed */
    bool counted;             /* it is known how much is to be written */
    size_t next;              /* part that no thread has taken */
    bool failed;
    struct problem problem;
    struct extracted extracted;
};

/* What became of an entry, which fails once, and of a part of one; by any thread. */
void extraction_fail(struct extraction *, uint32_t node, const char *why);
void extraction_succeed(struct extraction *, const struct entry *);
void extraction_written(struct extraction *, uint64_t bytes);
/* How far it is, to whoever asked; with the lock, or before there are threads. */
void extraction_tell(struct extraction *);

/* The entry as it comes to stand here. The file that a link names may not have been chosen: then the first of its links
 * is the file here. *ret_source is the node that has its content. */
struct entry extraction_entry(const struct extraction *, uint32_t node, uint32_t *ret_source);

/* contents.c: write all parts. -1 + problem: the backup is damaged, or cannot be had; or it was stopped. */
int contents_write(struct extraction *, struct problem *);

#endif
