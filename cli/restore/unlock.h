/* Opening a picked backup with the owner's key, that of --key. */
#ifndef VEDETTE_CLI_RESTORE_UNLOCK_H
#define VEDETTE_CLI_RESTORE_UNLOCK_H

#include "lib/restore/opened.h"

/* As opened_make and opened_read; of a key that the backup is not sealed for the problem says which key, whose backup
 * and which one. */
int unlock(struct target *, const struct reader_key *, const struct commit *, struct opened *ret, struct problem *);
int unlock_with(struct reader *, struct opened *ret, struct problem *);

#endif
