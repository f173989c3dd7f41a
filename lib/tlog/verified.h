/*
 * A log's tiles out of hands that nobody trusts: what is read through this source was verified against the root of a
 * checkpoint first, entries too. It costs a read of the tiles above, of which the last on each level is kept.
 */
#ifndef VEDETTE_TLOG_VERIFIED_H
#define VEDETTE_TLOG_VERIFIED_H

#include "lib/tlog/tile.h"

struct problem;
struct tlog_verified;

/* source's size is the checkpoint's; it is copied, what it reads from must outlive this. Reads the partial tiles and
 * holds them against the root. NULL + problem. */
struct tlog_verified *tlog_verified_new(
    const struct tlog_source *, const uint8_t root[TLOG_HASH_BYTES], struct problem *);
void tlog_verified_free(struct tlog_verified *);

/* The same tiles, verified; a read that does not hold is refused with code "bad-tile" or "bad-bundle" and the path. */
struct tlog_source tlog_verified_source(struct tlog_verified *);

#endif
