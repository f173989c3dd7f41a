/*
 * What a witness remembers, in a folder of its own: for each class of the log
 *
 *   <class>/vkey        the log's key, pinned when the class was first followed
 *   <class>/checkpoint  the newest that it believed, as the log signed it; durable before it is cosigned
 *   <class>/fork        one that the log signed as well, and should not have: with `checkpoint` the evidence. While it
 * is there the class is not cosigned; only a person takes it away <class>/set-back    the last one that was older than
 * `checkpoint`; no proof by itself
 *
 * Each file is written whole or not at all, so that a kill leaves the old state or the new.
 */
#ifndef VEDETTE_CLI_WITNESS_STATE_H
#define VEDETTE_CLI_WITNESS_STATE_H

#include <limits.h>

#include "contract.h"
#include "lib/tlog/checkpoint.h"

struct witness_state {
    char path[PATH_MAX - 64];
    int lock; /* two witnesses on one state could cosign two trees */
};

/* Of one class. */
struct witnessed {
    bool pinned, any, forked; /* there is a key, a checkpoint, a fork */
    struct tlog_vkey log;
    struct tlog_checkpoint last;
};

/* Made if it is not there; its parent must be. */
int witness_state_open(struct witness_state *, const char *path, struct problem *);
void witness_state_close(struct witness_state *);

/* What cannot be read whole, or is not signed by the pinned key, is refused: a witness that forgot would believe
 * all. */
int witness_state_read(const struct witness_state *, enum class, struct witnessed *ret, struct problem *);
int witness_state_pin(const struct witness_state *, enum class, const struct tlog_vkey *, struct problem *);
/* "checkpoint", "fork" or "set-back"; durable when it returns 0. */
int witness_state_keep(
    const struct witness_state *, enum class, const char *name, const char *note, size_t bytes, struct problem *);

#endif
