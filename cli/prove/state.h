/*
 * Where what is remembered stands: a folder, with a file of each machine and way of looking, as 17.bytes
 * and 17.restore. Each is written whole or not at all. A lock keeps a second one away who would look in the same way.
 */
#ifndef VEDETTE_CLI_PROVE_STATE_H
#define VEDETTE_CLI_PROVE_STATE_H

#include <limits.h>

#include "cli/prove/memory.h"

struct proof_state {
    char path[PATH_MAX - 64];
    enum proof proof;
    int lock;
};

/* Made if it is not there. */
int proof_state_open(struct proof_state *, const char *folder, enum proof, struct problem *);
void proof_state_close(struct proof_state *);

/* Empty if there is none yet. */
int proof_state_read(const struct proof_state *, uint32_t agent, struct proof_memory *ret, struct problem *);
/* Durable when it returns 0. */
int proof_state_write(const struct proof_state *, uint32_t agent, const struct proof_memory *, struct problem *);

/* Each machine of which something is remembered. -1 + problem. */
int proof_state_each(const struct proof_state *, int (*each)(void *arg, uint32_t agent), void *arg, struct problem *);

#endif
