/* A backup that a key has opened: what its manifest says, and its tree. */
#ifndef VEDETTE_RESTORE_OPENED_H
#define VEDETTE_RESTORE_OPENED_H

#include "lib/repository/reader.h"

struct opened {
    struct manifest manifest;
    struct nodes nodes;
};
void opened_free(struct opened *); /* what was opened, or all zero */

/* The manifest of the reader's commit, and the tree that the manifest has the hash of. -1 + problem, *ret untouched. */
int opened_read(struct reader *, struct opened *ret, struct problem *);
/* The same, by a reader of its own. */
int opened_make(
    struct target *, const struct reader_key *, const struct commit *, struct opened *ret, struct problem *);

#endif
