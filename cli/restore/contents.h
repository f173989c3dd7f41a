/* What a picked backup holds, read with the owner's key. */
#ifndef VEDETTE_CLI_RESTORE_CONTENTS_H
#define VEDETTE_CLI_RESTORE_CONTENTS_H

#include "lib/repository/commit.h"
#include "lib/repository/reader.h"

/* The manifest and the tree of the reader's commit. -1 + problem; of a key that the backup is not sealed for it says
 * which key, whose backup and which one. */
int contents_read(struct reader *, struct manifest *ret, struct nodes *ret_nodes, struct problem *);
/* The same, by a reader of its own. */
int contents_open(struct target *, const struct reader_key *, const struct commit *, struct manifest *ret,
    struct nodes *ret_nodes, struct problem *);

#endif
