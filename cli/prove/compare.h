/*
 * Whether a file that was brought back is what the backup's tree says of it: its SHA-256 as it stands on the disk, and
 * that of its pieces read once more, one after another, as an anchor's reader would; restores write them in another
 * order.
 */
#ifndef VEDETTE_CLI_PROVE_COMPARE_H
#define VEDETTE_CLI_PROVE_COMPARE_H

#include "lib/repository/reader.h"
#include "lib/restore/beneath.h"

/* All files that were chosen. -1 + problem: "other-content", or what keeps the repository from being read. */
int compare_files(
    const struct beneath *, struct reader *, const struct nodes *, const uint8_t *chosen, struct problem *);

#endif
