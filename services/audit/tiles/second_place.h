/*
 * The newest checkpoint of each class, kept once more in a directory that is best on another disk: who sets the log
 * back to an older state has to know of it and reach it.
 */
#ifndef VEDETTE_SECOND_PLACE_H
#define VEDETTE_SECOND_PLACE_H

#include "services/audit/tiles/tiles.h"

/* 0, 1: there is none of that class; -1 + problem: it cannot be read, or is not signed by this key. */
int second_place_read(
    const char *directory, const char *class, const struct tlog_vkey *, struct tlog_checkpoint *ret, struct problem *);
int second_place_write(const char *directory, const char *class, const struct signed_checkpoint *, struct problem *);

/* Is the tree in the directory of these tiles one that the checkpoint can be of? If it has not so many entries yet, it
 * is found out as the tiles get them. */
int second_place_check(struct tiles *, const struct tlog_checkpoint *kept, struct problem *);

#endif
