/*
 * The time that it is at least: a clock that nobody sets. It begins at a time that was signed and goes with the machine's
 * running, also over its starts as far as they are known. Our own clock may be put back by whoever answers for the
 * network's time, and what was signed long ago would stay fresh for ever; this one is never ahead, so the later of the two
 * counts.
 */
#ifndef VEDETTE_TIME_FLOOR_H
#define VEDETTE_TIME_FLOOR_H

#include <stdint.h>

struct problem;

#define TIME_FLOOR_BOOT_BYTES 37 /* /proc/sys/kernel/random/boot_id, and NUL */

struct time_floor {
    int64_t time_ms;                  /* wall; 0: nothing is known */
    int64_t running_ms;               /* it was that, when the machine had run for so long */
    char boot[TIME_FLOOR_BOOT_BYTES]; /* since this start of it; "": which is not known */
};

/* What it is by now. at: only how long the machine has run since which start counts. Pure. */
int64_t time_floor_at(const struct time_floor *, const struct time_floor *at);
int64_t time_floor_now(const struct time_floor *);

/* From a file; none: nothing is known. -1 + problem. */
int time_floor_load(const char *path, struct time_floor *ret, struct problem *);
/* It is at least signed_ms (0: no more is known), and that counts at once. In the file, durable, if that changes it by much.
 * -1 + problem: it is not, and a start of the machine would lose it. */
int time_floor_raise(struct time_floor *, const char *path, int64_t signed_ms, struct problem *);

#endif
