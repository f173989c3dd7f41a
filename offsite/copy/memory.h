/*
 * What a copier remembers over its restarts: where the files that are copied once a day stand in the targets, so that
 * the next backup refers to them and the log is not stored anew. Lost, damaged, or of other targets or keys, it costs
 * room in the targets and no more: no part of it is believed unless all of it is as it was written.
 *
 * It stays on its machine, where nobody but the copier's user may write it, so numbers are as the processor has them.
 */
#ifndef VEDETTE_OFFSITE_MEMORY_H
#define VEDETTE_OFFSITE_MEMORY_H

#include "lib/repository/server_sets.h"
#include "lib/sha256.h"
#include "offsite/copy/held.h"

struct problem;

/* whom: what says to which targets all of it went, and for whom it is sealed. -1 + problem: there is none. */
int memory_write(
    enum server_set, const struct held_set *, const uint8_t whom[SHA256_BYTES], struct problem *);
/* Into a set that is empty; it stays so where there is nothing good. Whether there was. */
bool memory_read(enum server_set, const uint8_t whom[SHA256_BYTES], struct held_set *ret);

#endif
