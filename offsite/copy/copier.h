/*
 * Copying one set: a backup a day, and what changed since each second. A backup is begun anew whenever it is not
 * certain that increments go on from what the last one has.
 */
#ifndef VEDETTE_OFFSITE_COPIER_H
#define VEDETTE_OFFSITE_COPIER_H

#include "lib/repository/increment.h"
#include "offsite/copy/archive.h"

#define COPIER_CHANGES_MAX (64u << 20) /* of one look: more than that at once is a new backup */
#define COPIER_INCREMENTS_MAX 100000   /* of one backup: a day has 86,400 seconds */
#define COPIER_ROOM_BYTES (256u << 20) /* free, below which nothing is copied: the services need it more */

struct copier {
    /* Set by the caller. */
    const char *deployment;
    struct copy_keys keys;
    struct spool spool;
    struct spool access; /* of audit: for the set of access logs; n 0: another set's copier */

    struct held_set held;
    struct archive archive; /* while one is written */
    struct buf changes;     /* of this look */
    bool begun;             /* increments go on from what is held */
    struct increment last;
    int64_t slot;
    struct problem *problem; /* of this look */

    /* For people. */
    uint64_t backups, increments, failures;
    int64_t looked_ms, backed_up_ms; /* wall clock; all that was there then is in the spool */
};

/* 0: everything as it is now is in the spool. -1 + problem: it will be tried again, from the beginning. */
int copier_look(struct copier *, struct problem *);
void copier_close(struct copier *);

#endif
