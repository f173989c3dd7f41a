/* What runs wrote: kept piece by piece as it comes, each compressed (zlib), within a limit for each run. */
#ifndef SCHEDULER_OUTPUT_H
#define SCHEDULER_OUTPUT_H

#include <stddef.h>

#include "services/scheduler/runs/runs.h"

#define OUTPUT_PIECE_BYTES (256u << 10) /* of one envelope, as fields.def's `data` */

/* Append what begins at an offset of the whole; sets the run's output_bytes and output_cut, which the caller stores.
 * What is there already is not kept twice; what leaves a gap is not kept at all. -1 + problem: no memory. */
int output_append(struct records *, struct run *, uint64_t offset, const void *data, size_t bytes, uint64_t limit_bytes,
    struct problem *);

/* From an offset on, at most `room` bytes into ret. Returns how many. */
size_t output_read(struct records *, int64_t run, uint64_t offset, void *ret, size_t room);

#endif
