/*
 * The spool: for each target of the owner's file a folder, offsite/<set>/<target>/, laid out as the target is, from
 * which vedette-ship takes what is sealed. Each has all, so that one target that is away holds up no other.
 */
#ifndef VEDETTE_OFFSITE_SPOOL_H
#define VEDETTE_OFFSITE_SPOOL_H

#include <stdbool.h>
#include <sys/uio.h>

#include "lib/repository/server_sets.h"
#include "lib/target/conf.h"

struct problem;
struct target;

#define SPOOL_FOLDER_BYTES 128

struct spool {
    enum server_set set;
    unsigned n;
    char folders[TARGETS_MAX][SPOOL_FOLDER_BYTES];
    struct target *targets[TARGETS_MAX];
};

/* offsite/<set>/<target> */
void spool_folder(enum server_set, const char *target, char ret[SPOOL_FOLDER_BYTES]);

int spool_open(enum server_set, const struct target_confs *, struct spool *ret, struct problem *);
void spool_close(struct spool *);
/* It stands in all of them, durably. */
int spool_put(struct spool *, const char *name, const struct iovec *parts, size_t n, struct problem *);

/* vedette-ship asks for it where an object cannot come to stand in its target. Asked once. */
#define SPOOL_ANEW "anew"
bool spool_wants_anew(const struct spool *);

#endif
