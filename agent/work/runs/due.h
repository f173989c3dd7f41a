/*
 * When a task is to be done: once, or at the occurrences of its calendar. Pure: what has been done is passed in and is
 * on disk already, so that an answer of DUE_NOW never comes twice for one occurrence.
 */
#ifndef VEDETTE_AGENT_WORK_DUE_H
#define VEDETTE_AGENT_WORK_DUE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/calendar/calendar.h"

#define DUE_LATE_MS 60000 /* an occurrence begun within a minute is on time: another run, a busy machine */

struct due_plan {
    bool recurring;
    struct calendar calendar; /* recurring */
    const struct zone *zone;
    bool missed_once; /* of those missed, do the last; else none */
    int64_t not_before_ms, expires_ms;
};

enum due_answer {
    DUE_NOW,     /* *ret_ms: the occurrence (0 for what is done once) */
    DUE_LATER,   /* *ret_ms: look again then */
    DUE_PASSED,  /* *ret_ms: this occurrence was missed; take it as dealt with and ask again */
    DUE_OVER,    /* nothing more will come of it */
    DUE_EXPIRED, /* the same, and what is done once was never done */
};

/* last_ms: the latest occurrence that was begun or passed over; for one that has none yet the time at which the
 * document was taken, since what was due before that was never ours. begun: of what is done once, that it was. */
enum due_answer due_when(const struct due_plan *, int64_t last_ms, bool begun, int64_t now_ms, int64_t *ret_ms);

#endif
