/*
 * How many heartbeats the socket drops, and so how many in a row an agent must miss before its silence means anything.
 *
 * A queue that overflows takes one beat as well as another: in a second that drops the share p, each beat is lost with
 * probability p. An agent beats once a period, so all that it missed fell into the same second of each of the last
 * periods, and chance explains m misses with the product of what was dropped in those. Pure.
 */
#ifndef INGEST_LOSSES_H
#define INGEST_LOSSES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/beat.h"

#define LOSSES_PERIODS 120      /* remembered, half an hour: what needs more is not judged at all */
#define MISSES_USUAL 2          /* before the deadlines of beat.h, which need not be moved for as many */
#define LOSSES_SECONDS (LOSSES_PERIODS * BEAT_PERIOD_MS / 1000)

struct losses {
    int64_t second;             /* of the presence clock: the newest */
    uint64_t received, dropped; /* in it */
    float lost[LOSSES_SECONDS]; /* the share that was dropped; a ring by second */
};

/* So many datagrams were taken from the queue, and so many dropped, until now_ms, which never goes back. */
void losses_add(struct losses *, int64_t now_ms, uint64_t received, uint64_t dropped);

/* The least number of beats, missed in a row until now, that is expected by chance of less than a thousandth of an agent
 * among so many; at least 1. Above LOSSES_PERIODS: no number is enough. */
unsigned losses_misses(const struct losses *, uint32_t agents);

#endif
