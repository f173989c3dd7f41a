/* One restore, from its words to what came of it. */
#ifndef VEDETTE_AGENT_RESTORE_RUN_H
#define VEDETTE_AGENT_RESTORE_RUN_H

#include <stddef.h>

#include "lib/restore/extract.h"

struct problem;

/* What a signed document says, and where things are. */
struct restore_options {
    const char *state, *targets, *exchange;
    const char *seal_key; /* its file: what the service wraps keys for */
    const char *target, *backup, *signer, *commit_sha256, *into, *user;
    unsigned agent; /* whose backup; 0: our own */
    size_t n_paths;
    const char *const *paths;
};

/* -1 + problem. *ret: what was restored, also where some of it could not be. */
int restore_run(const struct restore_options *, struct extracted *ret, struct problem *);

#endif
