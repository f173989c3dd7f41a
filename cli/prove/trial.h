/*
 * A test restore: files of a backup, drawn by chance, are brought back by the code that restores use, in a process of
 * its own that can reach nothing but the target and the folder (Landlock, seccomp, limits), compared, and thrown away.
 * What a backup holds may be hostile; it is opened there alone.
 */
#ifndef VEDETTE_CLI_PROVE_TRIAL_H
#define VEDETTE_CLI_PROVE_TRIAL_H

#include "cli/prove/prove.h"

struct trial_result {
    bool tried; /* else it was this machine that could not */
    bool proven;
    uint32_t files;
    uint64_t bytes;
    char reason[PROOF_REASON_BYTES]; /* why it is not proven */
};

/* -1 + problem: it could not be tried. */
int trial_run(struct proof_look *, const char *backup, struct trial_result *ret, struct problem *);

#endif
