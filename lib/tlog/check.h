/* A whole log against its checkpoint: every entry, every tile, the root. */
#ifndef VEDETTE_TLOG_CHECK_H
#define VEDETTE_TLOG_CHECK_H

#include "lib/tlog/bundle.h"
#include "lib/tlog/checkpoint.h"

struct tlog_checked {
    uint64_t entries; /* verified against their leaf hash */
    uint64_t absent;  /* whose bundle retention has taken: their leaf hashes, which remain, were verified */
};

/*
 * Hash every entry of the source and rebuild the tree from them; every tile must be what comes out, and so must the
 * root. A bundle that the source says is "absent" is passed over if all its entries are before first_entry (what
 * retention may have taken; 0: nothing). The problem's field is the path of the tile or bundle at fault, or
 * "checkpoint". The source's size must be the checkpoint's.
 */
int tlog_check(const struct tlog_source *, const struct tlog_checkpoint *, uint64_t first_entry,
    struct tlog_checked *ret, struct problem *);

#endif
