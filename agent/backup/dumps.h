/*
 * What cannot be read as it lies there: databases that are in use, and what only a program can tell. Made before the
 * walk, in processes of their own, and gone after the backup.
 *
 * A SQLite database is copied by SQLite's own backup, as the user whom it belongs to: who may write it may put anything
 * into it, and gains no rights of ours by that. The copy is read in its place. A dump is what a command of the
 * endpoint's owner writes, which is executed as we are; it stands in the backup as HOME/dumps/NAME.
 */
#ifndef VEDETTE_AGENT_BACKUP_DUMPS_H
#define VEDETTE_AGENT_BACKUP_DUMPS_H

#include "agent/backup/options.h"

#define DUMPS_DIR "dumps"
#define COPIES_PLACE                                                                                                   \
    "/var/tmp/vedette-copies-XXXXXX" /* where their users may come; a temporary folder that is on disk */
#define DATABASE_WAIT_MS 60000       /* for one that is locked */

struct dumps {
    char copies[sizeof(COPIES_PLACE)]; /* "": there are none */
    size_t n;
    struct stand_in stand_ins[DATABASES_MAX];
    char *files[DATABASES_MAX];
};

/* The options' paths and exclusions get what belongs to it. The current folder is the home. -1 + problem: one of them
 * failed, and the backup would lack it. stopped: asked several times a second. */
int dumps_make(struct backup_options *, bool (*stopped)(void *arg), void *arg, struct dumps *ret, struct problem *);
/* May be called twice, and without dumps_make. */
void dumps_clear(struct dumps *);

#endif
