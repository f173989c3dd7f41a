/*
 * Taking objects away, apart from target.h so that programs which must not do it do not link it: `vedette prune` does,
 * and `vedette backup target check`, which tries it on an object of its own.
 */
#ifndef VEDETTE_TARGET_REMOVE_H
#define VEDETTE_TARGET_REMOVE_H

#include "lib/target/target.h"

/* DONE, too, if there is none. REFUSED: the credential or a lock does not allow it. In a bucket with versions the
 * object's versions go, each. */
enum target_result target_remove(struct target *, const char *name, struct problem *);

#endif
