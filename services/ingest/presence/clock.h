/*
 * The presence clock: time as agents' beats can be heard, and how long a silence must be to mean something. Pure: times
 * are passed in.
 *
 * It stands still while ingest is down or stalled: that may have swallowed any beat, so for one period more, until every
 * agent could be heard again, nobody is judged. A loss swallows some: time goes on, and an agent is judged when it has
 * missed more beats in a row than losses explain (losses.h). So no loss makes a false report, and no flood, however
 * long, hides for ever that an agent is gone.
 */
#ifndef INGEST_PRESENCE_CLOCK_H
#define INGEST_PRESENCE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "services/ingest/presence/losses.h"

#define TICK_MS 125
#define PAUSES_MAX 32           /* of the last minutes; older ones are merged */

struct pause {
    int64_t at_ms;              /* on the presence clock; the beginning of a tick */
    int64_t length_ms;          /* how much longer it took by the wall clock; a little below 0 for the shortest */
};

/* What a restart needs; lives in the header of ingest/cold, so that kill -9 leaves the newest. */
struct presence_clock_saved {
    int64_t now_ms;             /* presence time */
    int64_t wall_ms;            /* wall clock at that time */
    int64_t n_pauses;
    struct pause pauses[PAUSES_MAX];    /* oldest first */
};

struct presence_clock {
    struct presence_clock_saved *saved;
    int64_t mono_ms;            /* at the last advance */
    int64_t judged_from_ms;     /* presence time before which nobody becomes late or offline … */
    int64_t judged_ms;          /* … and the last at which somebody could */
    struct losses losses;
};

/* Ticks since the last beat from which on an agent is due. */
struct presence_limits {
    uint16_t late, offline, updating;
};

bool presence_clock_sane(const struct presence_clock_saved *);
/* Go on where saved stands; the time since then is a pause. */
void presence_clock_resume(struct presence_clock *, struct presence_clock_saved *, int64_t mono_ms, int64_t wall_ms);
/* At every drain and tick. */
void presence_clock_advance(struct presence_clock *, int64_t mono_ms, int64_t wall_ms);
/* So many datagrams were taken from the socket since the last time, and so many dropped there for want of room. */
void presence_clock_heard(struct presence_clock *, uint64_t received, uint64_t dropped);

uint64_t presence_clock_tick(const struct presence_clock *);
/* Wall time at which the tick with these low bits was (at most 2 h ago). */
int64_t presence_clock_wall(const struct presence_clock *, uint16_t seen);
extern const struct presence_limits presence_usual_limits;
/* For so many agents: the usual ones, or later ones after a standstill or while beats are being lost. */
struct presence_limits presence_clock_limits(const struct presence_clock *, uint32_t agents);

#endif
