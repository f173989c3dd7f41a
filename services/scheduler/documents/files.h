/*
 * Files that documents name, for agents whose carrier fetches none: an agent says which it wants and from where on, and
 * gets it in sealed pieces, at most what it asked for at a time. What it wants is in scheduler.db until it was sent.
 * ingest has the files, and is asked for each piece.
 */
#ifndef SCHEDULER_FILES_H
#define SCHEDULER_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/crypto.h"

struct envelope_wanted;
struct loop_timer;
struct problem;
struct scheduler;

struct files {
    struct scheduler *scheduler;
    struct loop_timer *again;
    bool asking;   /* ingest, for a piece … */
    uint32_t last; /* … for this agent, of the file with this hash; then it is the next one's turn */
    char sha256[HEX_BYTES(SHA256_BYTES)];
    uint64_t sent;
};

int files_start(struct files *, struct scheduler *, struct problem *);
/* An agent wants this; of the same file nothing else any more. */
void files_want(struct files *, uint32_t agent, const struct envelope_wanted *);
/* Something may be wanted. */
void files_turn(struct files *);

#endif
