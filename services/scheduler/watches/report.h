/*
 * What an agent reports of its watches: events of what changed, how each stands, its trends. A report that is dealt
 * with again does nothing: levels are compared with what is stored, and trends take no value twice.
 */
#ifndef SCHEDULER_WATCH_REPORT_H
#define SCHEDULER_WATCH_REPORT_H

#include <stdint.h>

#define WATCHES_MAX 64                 /* of one agent; as the agent itself holds it */
#define TREND_FOLDER "scheduler/trend" /* <agent>/<watch>.*.rrd */
#define TREND_PATH_BYTES 96

struct envelope_watches;
struct problem;
struct scheduler;

/* -1 + problem "later": the log takes no events now, and the agent's envelope should be kept. */
int watch_report_take(struct scheduler *, uint32_t agent, const struct envelope_watches *, struct problem *);
/* The agent was retired: its watches are over. */
void watch_report_forget(struct scheduler *, uint32_t agent);

/* Where the trend of an agent's watch is: a path for lib/trend.h. */
void watch_trend_path(uint32_t agent, const char *watch, char ret[TREND_PATH_BYTES]);

#endif
