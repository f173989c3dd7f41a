/*
 * Keys of single sealed values that outlive the key of their day: those of everybody else, where one person's fields
 * were erased. A file holds a record for each value, sorted by its name, so that one is found without reading the
 * others; names say nothing, keys are wrapped as those of days are.
 */
#ifndef VEDETTE_SEAL_KEPT_H
#define VEDETTE_SEAL_KEPT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/keywrap.h"

struct problem;

#define SEAL_NAME_BYTES 16    /* of a hash: among a million values no two are alike */
#define SEAL_KEPT_MAX 1000000 /* values of a day: 56 MB in memory while they are put together */

struct seal_kept {
    size_t n, room;
    struct seal_kept_value *values; /* seal_kept_free's to free */
};

struct seal_kept_value {
    uint8_t name[SEAL_NAME_BYTES], wrapped[WRAPPED_BYTES];
};

int seal_kept_add(struct seal_kept *, const struct seal_kept_value *, struct problem *);
void seal_kept_free(struct seal_kept *);

/* Sorts them. Durable, or not there. */
int seal_kept_write(struct seal_kept *, const char *path, struct problem *);
/* 1: it is not in there, or there is no such file. */
int seal_kept_find(const char *path, const uint8_t name[SEAL_NAME_BYTES], uint8_t ret_wrapped[WRAPPED_BYTES]);

#endif
