/*
 * Who the agents are, as ingest tells: all of them at the start and each hour, one by one when the log says that one
 * was enrolled, and when a document names one that is not known.
 */
#ifndef VEDETTE_EXCHANGE_ROSTER_H
#define VEDETTE_EXCHANGE_ROSTER_H

#include <stdbool.h>
#include <stdint.h>

struct bus;
struct loop;
struct loop_timer;
struct records;

struct roster_owner {
    struct records *records; /* with the table `agent` (agents.h) */
    struct bus *bus;
    struct loop *loop;
    void (*newcomer)(void *arg, uint32_t agent); /* it was not known, or not with this key; NULL: never mind */
    void (*looked)(void *arg);                   /* something may be known that was not */
    void *arg;
};

struct roster {
    struct roster_owner owner;
    struct loop_timer *timer;
    bool asking, again;
    int64_t began_ms; /* monotonic: when the newest whole look began; */
    int64_t whole_ms; /* the same of the newest that is over; 0: none */
};

/* -1: no timer. */
int roster_start(struct roster *, const struct roster_owner *);
/* Look at all, soon. */
void roster_refresh(struct roster *);
/* Look at one: it was enrolled, or wrote to us. */
void roster_look(struct roster *, uint32_t agent);
/* Whether all were looked at just now: then an agent that is not known does not exist. */
bool roster_is_fresh(const struct roster *);

#endif
