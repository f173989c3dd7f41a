/* Trends of agents' watches, in files below TREND_FOLDER. What goes wrong with them is logged: no report waits for a
 * trend. */
#ifndef SCHEDULER_WATCH_TREND_H
#define SCHEDULER_WATCH_TREND_H

#include <stdint.h>

#include "services/scheduler/watches/report.h"

/* The five-minute values of a report, of watches that stand in it. */
void watch_trend_take(struct scheduler *, uint32_t agent, const struct envelope_watches *, int64_t now_ms);
void watch_trend_remove(uint32_t agent, const char *watch);

#endif
