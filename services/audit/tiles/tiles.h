/*
 * The tree of one class in its directory, exactly as c2sp.org/tlog-tiles lays it out: tile/…, checkpoint, vkey.
 *
 * Entries are appended; full tiles and bundles are written as they fill. Posting makes a signed checkpoint the
 * directory's: the partial tiles that it needs, everything synced, then the checkpoint. So at every instant, and after
 * any crash, the directory holds what its checkpoint covers. What it lacks is taken from the journal again.
 */
#ifndef VEDETTE_TILES_H
#define VEDETTE_TILES_H

#include "lib/buf.h"
#include "lib/problem.h"
#include "lib/tlog/checkpoint.h"
#include "lib/tlog/edge.h"
#include "services/audit/tiles/tile_files.h"

#define CHECKPOINT_BYTES 512 /* origin, size, root, one signature by a key of that name */

/* A checkpoint that we signed. */
struct signed_checkpoint {
    uint64_t size;
    uint8_t root[TLOG_HASH_BYTES];
    char text[CHECKPOINT_BYTES];
    size_t bytes;
};

struct tiles {
    struct tile_files files;
    struct tlog_edge edge; /* what was appended */
    struct buf bundle;     /* its last entries, if their bundle is not full */
    bool has_checkpoint;
    struct tlog_checkpoint posted; /* the one in the directory; size 0 if there is none */
    struct tlog_checkpoint known;  /* ours, from another place: the tree must come to it; size 0: none */
    bool torn;                     /* partial tiles of that checkpoint have to be written again */
    struct problem damage;         /* what was found torn, for the case that the journal cannot mend it */
};

/* What the directory holds, checked against its checkpoint, which must be signed by this key. Where the last partial
 * tile or bundle is torn, the tree begins at the last full one before it, and says so. The directory must be there, and
 * its name outlive the tiles. */
int tiles_open(struct tiles *, const char *directory, const struct tlog_vkey *, struct problem *);
void tiles_close(struct tiles *);

/* How many entries it has: the sequence of the next to append. */
uint64_t tiles_size(const struct tiles *);
/* -1: the tiles are of no further use until they are opened again. */
int tiles_append(struct tiles *, const void *entry, size_t bytes, struct problem *);
/* Has its directory this checkpoint, and all that it needs? */
bool tiles_is_posted(const struct tiles *, const struct signed_checkpoint *);
/* Of exactly the tree as it is now; what has no news is not written. -1: as above. */
int tiles_post(struct tiles *, const struct signed_checkpoint *, struct problem *);

#endif
