/*
 * Which files of a tree are brought back to see whether they can be: drawn by a seed, so that whoever keeps the target,
 * and whoever wrote the backup, cannot know which. Half of them by name, so that small files have their turn, half by
 * where a byte stands, so that large ones do. Pure.
 */
#ifndef VEDETTE_CLI_PROVE_SAMPLE_H
#define VEDETTE_CLI_PROVE_SAMPLE_H

#include "lib/repository/nodes.h"

#define SAMPLE_SEED_BYTES SECRET_BYTES

struct sample_limits {
    uint32_t files;
    uint64_t bytes; /* of all together: no larger file is drawn */
};

/* A byte for each node: the files that were drawn, and the folders on the way to each; *ret_files of them, with
 * *ret_bytes. The caller frees. NULL: no memory. */
uint8_t *sample_draw(const struct nodes *, const uint8_t seed[SAMPLE_SEED_BYTES], const struct sample_limits *,
    uint32_t *ret_files, uint64_t *ret_bytes);

/* What is brought back to be thrown away is nobody's but ours and can do nothing: no owner, mode or attribute of
 * another. */
void sample_disarm(struct nodes *, const uint8_t *chosen, uint32_t uid, uint32_t gid);

#endif
