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
    uint8_t whom[SHA256_BYTES]; /* the targets, and for whom it is sealed: what is remembered is for these */

    struct held_set held;
    struct archive archive; /* while one is written */
    struct buf changes;     /* of this look */
    bool begun;             /* increments go on from what is held */
    struct increment last;
    int64_t slot, anew_ms; /* anew_ms: when a target last asked for a whole backup */
    struct problem *problem; /* of this look */

    /* For people. */
    uint64_t backups, increments, failures;
    int64_t looked_ms, backed_up_ms; /* wall clock; all that was there then is in the spool */
};

/* Before the first look: go on from what was there before a restart. */
void copier_remember(struct copier *);
/* 0: everything as it is now is in the spool. -1 + problem: it will be tried again, from the beginning. */
int copier_look(struct copier *, struct problem *);
void copier_close(struct copier *);

#endif
