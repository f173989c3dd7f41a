/* A limit on bytes a second: how long to wait after so many. Pure. */
#ifndef VEDETTE_TARGET_PACE_H
#define VEDETTE_TARGET_PACE_H

#include <stdint.h>

struct pace {
    uint64_t bytes_per_s;  /* 0: no limit */
    int64_t paid_until_us; /* what was moved until now is within the limit from this moment on */
};

/* `bytes` have been moved: milliseconds to wait before more are. What was not used of an idle time is not made up for,
 * but for a tenth of a second. */
int64_t pace_wait_ms(struct pace *, uint64_t bytes, int64_t now_ms);

/* Milliseconds before the nth repetition (from 0): grows by half as much again from half a second to half a minute, and
 * anything between the half and the whole of it, so that a thousand agents that were cut off together do not come back
 * together. random: any 32 bits. */
int64_t pace_again_ms(unsigned n, uint32_t random);

#endif
