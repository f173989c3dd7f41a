#include "services/ingest/presence/clock.h"

#include <string.h>

#include "lib/beat.h"

#define STALL_MS (1000 + TICK_MS) /* a turn that took a second beyond its nap */
/* Within this every live agent has beaten, the network's delay included */
#define HEARD_AGAIN_MS (BEAT_PERIOD_MS + 3000)
#define UPDATING_MS 600000  /* an update that takes longer has failed */
#define NEVER UINT16_MAX
/* One tick more than the time itself: a beat stands anywhere within its tick, and nobody is due early. */
#define TICKS(ms) ((ms) / TICK_MS + 1)

const struct presence_limits presence_usual_limits = {
    .late = TICKS(BEAT_LATE_MS),
    .offline = TICKS(BEAT_OFFLINE_MS),
    .updating = TICKS(UPDATING_MS),
};

bool presence_clock_sane(const struct presence_clock_saved *saved)
{
    const int64_t most = INT64_MAX / 4;
    if (saved->now_ms < 0 || saved->now_ms > most || saved->wall_ms < 0 || saved->wall_ms > most ||
        saved->n_pauses < 0 || saved->n_pauses > PAUSES_MAX)
        return false;
    for (int64_t i = 0; i < saved->n_pauses; i++) {
        const struct pause *pause = &saved->pauses[i];
        if (pause->at_ms < 0 || pause->at_ms > saved->now_ms || pause->length_ms < -TICK_MS ||
            pause->length_ms > most / PAUSES_MAX)
            return false;
    }
    return true;
}

/* A pause begins with a new tick, so that the tick of a beat says whether it came before or after the pause. */
static void stand_still(struct presence_clock_saved *saved, int64_t length_ms)
{
    struct pause *last = saved->n_pauses ? &saved->pauses[saved->n_pauses - 1] : NULL;
    if (last && last->at_ms == saved->now_ms) {
        last->length_ms += length_ms;
        return;
    }
    int64_t rest_ms = TICK_MS - saved->now_ms % TICK_MS;
    saved->now_ms += rest_ms;
    length_ms -= rest_ms;
    if (saved->n_pauses == PAUSES_MAX) {
        saved->pauses[1].length_ms += saved->pauses[0].length_ms;
        saved->n_pauses--;
        memmove(saved->pauses, saved->pauses + 1, sizeof(saved->pauses[0]) * (PAUSES_MAX - 1));
    }
    saved->pauses[saved->n_pauses++] = (struct pause){ saved->now_ms, length_ms };
}

void presence_clock_resume(
    struct presence_clock *clock, struct presence_clock_saved *saved, int64_t mono_ms, int64_t wall_ms)
{
    /* A wall clock that was set back while we were away says nothing about how long that was. */
    if (saved->wall_ms && wall_ms > saved->wall_ms)
        stand_still(saved, wall_ms - saved->wall_ms);
    saved->wall_ms = wall_ms;
    *clock = (struct presence_clock){
        .saved = saved,
        .mono_ms = mono_ms,
        .judged_from_ms = saved->now_ms + HEARD_AGAIN_MS,
        .judged_ms = saved->now_ms,
        .losses = { .second = saved->now_ms / 1000 },
    };
}

void presence_clock_advance(struct presence_clock *clock, int64_t mono_ms, int64_t wall_ms)
{
    struct presence_clock_saved *saved = clock->saved;
    int64_t elapsed_ms = mono_ms - clock->mono_ms;
    if (elapsed_ms > STALL_MS) {
        stand_still(saved, elapsed_ms);
        clock->judged_from_ms = saved->now_ms + HEARD_AGAIN_MS;
    } else {
        saved->now_ms += elapsed_ms;
    }
    if (saved->now_ms >= clock->judged_from_ms)
        clock->judged_ms = saved->now_ms;
    saved->wall_ms = wall_ms;
    clock->mono_ms = mono_ms;
    losses_add(&clock->losses, saved->now_ms, 0, 0);
}

void presence_clock_heard(struct presence_clock *clock, uint64_t received, uint64_t dropped)
{
    losses_add(&clock->losses, clock->saved->now_ms, received, dropped);
}

uint64_t presence_clock_tick(const struct presence_clock *clock)
{
    return (uint64_t)clock->saved->now_ms / TICK_MS;
}

int64_t presence_clock_wall(const struct presence_clock *clock, uint16_t seen)
{
    const struct presence_clock_saved *saved = clock->saved;
    uint64_t tick = presence_clock_tick(clock);
    int64_t then_ms = (int64_t)(tick - (uint16_t)(tick - seen)) * TICK_MS;
    int64_t wall_ms = saved->wall_ms - (saved->now_ms - then_ms);
    for (int64_t i = saved->n_pauses; i-- && saved->pauses[i].at_ms > then_ms;)
        wall_ms -= saved->pauses[i].length_ms;
    return wall_ms;
}

static uint16_t later(uint16_t usual, int64_t limit_ms)
{
    return TICKS(limit_ms) > usual ? (uint16_t)TICKS(limit_ms) : usual;
}

struct presence_limits presence_clock_limits(const struct presence_clock *clock, uint32_t agents)
{
    struct presence_limits limits = presence_usual_limits;
    unsigned misses = losses_misses(&clock->losses, agents);
    if (clock->saved->now_ms < clock->judged_from_ms || misses > LOSSES_PERIODS) {
        limits.late = limits.offline = limits.updating = NEVER;
    } else {
        /* As usual `late` is said 5 s after the last of the beats that must be missed, and `offline` a period after. */
        limits.late = later(limits.late, misses * BEAT_PERIOD_MS + BEAT_LATE_MS - BEAT_PERIOD_MS);
        limits.offline = later(limits.offline, (misses + 1) * BEAT_PERIOD_MS);
        limits.updating = later(limits.updating, (misses + 1) * BEAT_PERIOD_MS);
    }
    return limits;
}
