/* A log's directory while it grows: its checkpoint and bundles. What it says is taken as it stands, by our own key. */
#ifndef VEDETTE_AUDIT_FOLLOW_H
#define VEDETTE_AUDIT_FOLLOW_H

#include "lib/buf.h"
#include "lib/seal/seal.h"
#include "lib/tlog/checkpoint.h"
#include "lib/tlog/directory.h"

struct problem;

/* All zero with directory.fd -1 but for seal and class: not opened yet. */
struct follow {
    struct tlog_directory directory;
    char origin[TLOG_NAME_BYTES];
    uint64_t size;
    struct seal *seal; /* opens entries, of the class; follow_close frees it */
    enum class class;
    struct buf opened;                         /* of the bundle read last */
    struct tlog_entry stored[TLOG_TILE_WIDTH]; /* the same bundle as it is */
    uint32_t day_first, day_last;              /* whose keys it took; first > last: none */
    char seen[1024]; /* the checkpoint's beginning: while it is the same, there is nothing new */
};

/* Read the checkpoint. 1: there is a new one. 0: none, or there is no log in that place yet. */
int follow_look(struct follow *, const char *directory, struct problem *);
void follow_close(struct follow *);

/* The entries of a bundle that the checkpoint has, opened; *ret_count is 0 if it is not there. Valid until the next
 * one. */
int follow_bundle(
    struct follow *, uint64_t number, struct tlog_entry ret[TLOG_TILE_WIDTH], unsigned *ret_count, struct problem *);

#endif
