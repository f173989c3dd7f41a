/* What of a tree is wanted. */
#ifndef VEDETTE_RESTORE_CHOOSE_H
#define VEDETTE_RESTORE_CHOOSE_H

#include "lib/repository/nodes.h"

struct problem;

/* A byte for each node: what stands at these paths, with all that is in it and the folders on the way there; no paths: all.
 * The caller frees. NULL + "no-file": there is no such path. */
uint8_t *choose_paths(const struct nodes *, const char *const *paths, size_t n, struct problem *);
/* A backup may claim to be larger than any disk: "no-room", as the folder's file system has it now. */
int choose_room(const struct nodes *, const uint8_t *chosen, int folder, struct problem *);

#endif
