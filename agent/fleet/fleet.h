/*
 * A simulated fleet: many agents of one secret, each beating once a period, evenly staggered. Which agents are due by
 * when is pure; sending is main.c's.
 */
#ifndef VEDETTE_FLEET_H
#define VEDETTE_FLEET_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/beat.h"

struct problem;

struct fleet {
    uint32_t first, count;          /* agent ids */
    uint32_t stride;                /* coprime to count: neighbours in time are far apart in memory, as real agents are */
    int64_t period_us;
    uint8_t (*key)[BEAT_KEY_BYTES]; /* in the order of beating, so that making beats waits for no memory */
    bool *dead;                     /* in the same order */
    uint64_t counter;               /* of the beats of this round: the same for all */
    uint64_t position;              /* beats due so far, dead agents' included */
    uint32_t next;                  /* index of the agent whose turn it is */
    int64_t started_us;
};

/* Derives every agent's key: 2 µs each. */
int fleet_make(struct fleet *, uint32_t first, uint32_t count, const uint8_t secret[SECRET_BYTES], int64_t period_us,
               struct problem *);
void fleet_free(struct fleet *);
/* Agents first … first+count-1 stop beating, or go on. */
void fleet_set_dead(struct fleet *, uint32_t first, uint32_t count, bool dead);

/* How many beats should have been sent by now, the dead ones' included. */
uint64_t fleet_due(const struct fleet *, int64_t now_us);
/* The next beat in order; false if that agent is dead. */
bool fleet_next(struct fleet *, uint8_t ret[BEAT_BYTES]);

#endif
