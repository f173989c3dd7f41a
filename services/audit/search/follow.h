/* A log's directory while it grows: its checkpoint and bundles. What it says is taken as it stands, by our own key. */
#ifndef VEDETTE_AUDIT_FOLLOW_H
#define VEDETTE_AUDIT_FOLLOW_H

#include "lib/tlog_checkpoint.h"
#include "lib/tlog_directory.h"

struct problem;

/* All zero with directory.fd -1: not opened yet. */
struct follow {
    struct tlog_directory directory;
    char origin[TLOG_NAME_BYTES];
    uint64_t size;
    char seen[1024]; /* the checkpoint's beginning: while it is the same, there is nothing new */
};

/* Read the checkpoint. 1: there is a new one. 0: none, or there is no log in that place yet. */
int follow_look(struct follow *, const char *directory, struct problem *);
void follow_close(struct follow *);

/* The entries of a bundle that the checkpoint has; *ret_count is 0 if it is not there. Valid until the next one. */
int follow_bundle(
    struct follow *, uint64_t number, struct tlog_entry ret[TLOG_TILE_WIDTH], unsigned *ret_count, struct problem *);

#endif
