/*
 * The thread that signs: it hashes the entries of a frame into the trees of their classes and signs a checkpoint of
 * each class that grew, while the loop's thread writes and syncs the same frame.
 */
#ifndef VEDETTE_SIGNER_H
#define VEDETTE_SIGNER_H

#include "lib/tlog_checkpoint.h"
#include "services/audit/journal/frame.h"
#include "services/audit/tiles/tiles.h"

struct problem;
struct signer;

/* The trees as they are, and a key for each class. Signs them all at once. NULL + problem. */
struct signer *signer_new(
    const struct tlog_tree trees[CLASS_COUNT], const struct tlog_signer keys[CLASS_COUNT], struct problem *);
void signer_free(struct signer *);

/* The frame's bytes stay until signer_end, which waits until the work is done. -1: no memory for a checkpoint. */
void signer_begin(struct signer *, const struct frame *);
int signer_end(struct signer *);

/* Of what was signed last, all classes. Not between begin and end. */
const struct signed_checkpoint *signer_checkpoints(const struct signer *);

#endif
