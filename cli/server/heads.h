/* How long a restored log is: what its journal has, beyond what its trees have. */
#ifndef VEDETTE_CLI_SERVER_HEADS_H
#define VEDETTE_CLI_SERVER_HEADS_H

#include "contract.h"

struct problem;

struct heads {
    uint64_t size[CLASS_COUNT]; /* entries that audit will find */
    int64_t time_ms;            /* of the newest; 0: there is none */
};

/* The working directory is the state directory. -1 + problem. */
int heads_read(struct heads *ret, struct problem *);

/*
 * A checkpoint that somebody outside has seen: a witness, an auditor, an agent. Signed by this log, it tells how far it
 * was. 0: the restored log is as long; 1: it is shorter by *ret_lost entries; then the checkpoint is put into the
 * second place, so that audit does not go on as if nothing had been, before `vedette audit recover`. -1 + problem.
 */
int heads_compare(const struct heads *, const char *file, const char *second_place, enum class *ret_class,
    uint64_t *ret_lost, struct problem *);

#endif
