/*
 * Two files that are written by turns: what belongs to generation G is in file G % 2, so that the generation before
 * stays whole while the next one is written. They are written over in place and never cut: their room on the disk is
 * theirs, also when the disk is full.
 */
#ifndef INGEST_PAIR_H
#define INGEST_PAIR_H

#include <stddef.h>
#include <stdint.h>

struct problem;

struct pair {
    int fd[2];                  /* open where the pair is */
};

/* folder/name.0 and folder/name.1; new ones are empty. */
int pair_open(struct pair *, const char *folder, const char *name, struct problem *);
void pair_close(struct pair *);
/* -1 and errno: not all of it was written. */
int pair_write(const struct pair *, uint64_t generation, const void *data, size_t bytes, uint64_t at);
/* The file as it is, to be read; NULL if it is empty or cannot be mapped. */
const uint8_t *pair_map(const struct pair *, uint64_t generation, size_t *ret_bytes);
void pair_unmap(const uint8_t *mapped, size_t bytes);

#endif
