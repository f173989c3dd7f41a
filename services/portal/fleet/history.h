/* Presence history: a projection of the log's class fleet into portal.db, with its cursor in the same transaction. */
#ifndef VEDETTE_PORTAL_HISTORY_H
#define VEDETTE_PORTAL_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

struct bus_event;
struct db;
struct history;
struct loop;

struct history *history_new(struct loop *, struct db *); /* NULL: no memory */
/* The first sequence of the class that is not stored yet. */
uint64_t history_next(struct history *);
/* Every event of class fleet, in order. Stored within a second, or sooner when many come. */
void history_take(struct history *, const struct bus_event *);
void history_flush(struct history *);
bool history_failing(const struct history *);
/* Storing failed for so long that events were left out, and works again: follow the log anew from history_next. Said
 * once. */
bool history_missed(struct history *);
/* The state that an event puts its agent into; -1: it is no transition. Pure. */
int history_state(const struct bus_event *, uint32_t *ret_agent, int64_t *ret_since_ms);

#endif
