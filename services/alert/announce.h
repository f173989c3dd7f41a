/*
 * Telling the world: alert.opened and alert.resolved into the log, each once.
 *
 * An alert's row is durable before its event goes to the outbox, and marked once audit has the event. After a crash in
 * between, the log itself says whether the event had reached it: our own subscription to class `alert` marks the row
 * before anything is announced again.
 */
#ifndef ALERT_ANNOUNCE_H
#define ALERT_ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>

struct announce;
struct bus;
struct bus_event;
struct records;

/* NULL: no memory. */
struct announce *announce_new(struct bus *, struct records *);
/* Only after the bus was closed: it calls back. */
void announce_free(struct announce *);

/* Add one to be announced, in order. */
void announce_add(struct announce *, uint64_t alert, bool resolved);
/* Hand to the outbox what is in alert.db and not yet there; the rest stays for the next time. */
void announce_go(struct announce *);
/* An event of class `alert` from the log: what it says needs no announcement any more. */
void announce_seen(struct announce *, const struct bus_event *);

#endif
