/* Adds the entries of a frame to the trees of their classes and signs a checkpoint of each class that grew. */
#ifndef VEDETTE_SIGNER_H
#define VEDETTE_SIGNER_H

#include "lib/journal_frame.h"
#include "lib/tlog/checkpoint.h"
#include "services/audit/tiles/tiles.h"

struct problem;
struct signer;

/* The trees as they are, and a key for each class. Signs them all at once. NULL + problem. */
struct signer *signer_new(
    const struct tlog_tree trees[CLASS_COUNT], const struct tlog_signer keys[CLASS_COUNT], struct problem *);
void signer_free(struct signer *);

/* A frame with its leaves. -1 + problem: no memory for a checkpoint. */
int signer_take(struct signer *, const struct frame *, struct problem *);

/* Of what was signed last, all classes. */
const struct signed_checkpoint *signer_checkpoints(const struct signer *);

#endif
