/*
 * Where a pruner keeps what it remembers: a folder beside its rules, RULES.state, with
 *
 *   <agent>   of each repository, what memory.h says
 *   clock     the last observation that was found good
 *
 * Each file is written whole or not at all, and before anything is deleted. A lock keeps a second pruner away.
 */
#ifndef VEDETTE_CLI_PRUNE_STATE_H
#define VEDETTE_CLI_PRUNE_STATE_H

#include <limits.h>

#include "cli/prune/memory.h"
#include "lib/repository/retention_stop.h"

struct problem;

struct prune_state {
    char path[PATH_MAX - 64];
    int lock;  /* -1: only read */
    bool anew; /* what was condemned is read as if it were not */
};

/* Made if it is not there. */
int prune_state_open(struct prune_state *, const char *rules, struct problem *);
/* To be read alone: nothing is made, nobody is kept away. */
int prune_state_look(struct prune_state *, const char *rules, struct problem *);
void prune_state_close(struct prune_state *);

/* Empty if there is none yet. */
int prune_state_read(const struct prune_state *, uint32_t agent, struct prune_memory *ret, struct problem *);
/* Durable when it returns 0; a memory of nothing takes the file away. */
int prune_state_write(const struct prune_state *, uint32_t agent, const struct prune_memory *, struct problem *);

/* *ret_any false: there is no observation yet. */
int prune_state_read_clock(const struct prune_state *, struct retention_clock *ret, bool *ret_any, struct problem *);
int prune_state_write_clock(const struct prune_state *, const struct retention_clock *, struct problem *);

/* This machine's clock, now. */
int prune_clock_observe(struct retention_clock *ret, struct problem *);

#endif
