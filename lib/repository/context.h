/*
 * The context: with what the plaintext of each segment and manifest begins, so that none can stand for another. A
 * skippable frame (RFC 8878), which every decoder of zstd passes over, holding exactly
 *
 *     {"format":"vedette1","agent":7,"backup":"<32 digits>","kind":"C"}
 *
 * kind: T, C, D as in commits; M, a manifest; I, an increment. backup is the one that wrote it; others may refer to it later.
 */
#ifndef VEDETTE_REPOSITORY_CONTEXT_H
#define VEDETTE_REPOSITORY_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/repository/name.h"

#define CONTEXT_BYTES_MAX 128 /* with the frame's head of 8 bytes; 101 in fact */
#define CONTEXT_MANIFEST 'M'
#define CONTEXT_INCREMENT 'I'

struct context {
    uint32_t agent;
    char backup[BACKUP_BYTES];
    char kind;
};

/* How many bytes it took. */
size_t context_write(const struct context *, uint8_t ret[CONTEXT_BYTES_MAX]);
/* -1: the data do not begin with one, in its one form. */
int context_read(const void *data, size_t bytes, struct context *ret, size_t *ret_bytes);

#endif
