/*
 * From samples to levels: ok, warning, critical, unknown. Pure: a rule, a state, a sample and the time go in; out comes
 * whether the level changed.
 *
 * A value that wavers about a threshold changes nothing: it counts as bad until it is back at the clear threshold, and a
 * level changes only after so many samples in a row, and so many seconds, on the same side of it. A streak moves the level
 * to the mildest that all of its samples bear out.
 */
#ifndef VEDETTE_WATCH_CONDITION_H
#define VEDETTE_WATCH_CONDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "contract.h"

#define REASON_BYTES 201 /* of fields.def, and NUL */

/* What one look found. */
struct sample {
    bool has_value;
    uint64_t value;    /* thousandths of the kind's unit */
    enum level level;  /* as bad at least, whatever the thresholds say: CRITICAL for what is down; UNKNOWN: not measured */
    char reason[REASON_BYTES]; /* why, "" if the value says it all */
};

struct threshold {
    bool set;
    uint64_t enter, clear; /* thousandths: bad beyond enter, until back at clear */
};

struct rule {
    enum side side;
    struct threshold warning, critical;
    unsigned after_samples, clear_samples;
    int64_t after_ms;
};

/* Why a watch gets no worse for now. */
struct hold {
    bool maintenance;
    bool depends;    /* on another watch, which */
    int64_t well_ms; /* was last found well then, monotonic; -1: it is not well */
};

struct condition {
    enum level level;
    int64_t since_ms; /* wall clock */
    bool held;        /* it would be worse but for the hold */
    /* Samples in a row on one side of the level; */
    enum { STREAK_NONE, STREAK_WORSE, STREAK_BETTER, STREAK_LOST } streak;
    enum level nearest; /* the mildest of a bad streak, the worst of a good one */
    unsigned samples;
    int64_t began_ms; /* monotonic */
};

void condition_begin(struct condition *, int64_t wall_ms);
/* true: the level changed. */
bool condition_take(const struct rule *, const struct hold *, const struct sample *, int64_t mono_ms, int64_t wall_ms,
    struct condition *);

#endif
