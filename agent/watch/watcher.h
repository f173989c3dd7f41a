/* One watch: its sampling, how it stands, five minutes of its values. */
#ifndef VEDETTE_WATCH_WATCHER_H
#define VEDETTE_WATCH_WATCHER_H

#include "agent/watch/aggregate.h"
#include "agent/watch/definitions.h"
#include "agent/watch/sampler.h"

struct watching;

struct watcher {
    struct watching *watching;
    const struct definition *definition;
    struct sampling sampling;
    struct condition condition;
    struct aggregate aggregate;
    struct sample last;
    bool measured;   /* last is there */
    int64_t due_ms;  /* next sample, monotonic */
    int64_t well_ms; /* last found well, monotonic; -1: it is not well */
};

/* Rows of a report. */
void watcher_row(const struct watcher *, enum report_row, int64_t time_ms, struct envelope_watches_row *ret);
void watcher_trend(const struct watcher *, const struct aggregate *, struct envelope_watches_row *ret);

/* How watches stood when the agent ended, so that a restart is no change: watch/standing, by document and name. */
int standings_save(const struct watcher *, size_t n, struct problem *);
void standings_load(struct watcher *, size_t n);

#endif
