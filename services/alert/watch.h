/*
 * The rules at work: follow the log, judge, store, announce.
 *
 * Judging waits until we have caught up with the log, and GRACE_MS longer: after an outage of audit the other services
 * still hold back what happened meanwhile, and an alert raised before that arrives would be false.
 */
#ifndef ALERT_WATCH_H
#define ALERT_WATCH_H

#include <stdbool.h>

struct program;
struct problem;
struct records;
struct rules;
struct watch;

/* NULL + problem. */
struct watch *watch_start(struct program *, struct problem *);
/* Make durable what was taken; nothing more is taken. */
void watch_stop(struct watch *);
void watch_free(struct watch *);

bool watch_healthy(const struct watch *, char reason[201]);
struct records *watch_records(struct watch *);
struct rules *watch_rules(struct watch *);

#endif
