/* Entry bundles (c2sp.org/tlog-tiles): {length as 16 bits in network order, entry}, at most 256 times. */
#ifndef VEDETTE_TLOG_BUNDLE_H
#define VEDETTE_TLOG_BUNDLE_H

#include "lib/tlog/tile.h"

struct buf;
struct problem;

#define TLOG_ENTRY_BYTES 65535 /* the most that a bundle's length can say */
#define TLOG_BUNDLE_BYTES (TLOG_TILE_WIDTH * (2 + TLOG_ENTRY_BYTES))

struct tlog_entry {
    const uint8_t *data; /* within the bundle's bytes */
    size_t bytes;
};

/* At most TLOG_ENTRY_BYTES; that there are no more than 256 is for the caller to see to. */
int tlog_bundle_append(struct buf *bundle, const void *entry, size_t bytes);
/* All entries of a bundle, which must end where the last one does. */
int tlog_bundle_parse(
    const void *data, size_t bytes, struct tlog_entry ret[TLOG_TILE_WIDTH], unsigned *ret_count, struct problem *);

#endif
