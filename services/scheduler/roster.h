/*
 * Who the agents are, as ingest tells: all of them at the start and each hour, one by one when the log says that one
 * was enrolled, and when a document names one that is not known.
 */
#ifndef SCHEDULER_ROSTER_H
#define SCHEDULER_ROSTER_H

#include <stdbool.h>
#include <stdint.h>

struct loop_timer;
struct scheduler;

struct roster {
    struct scheduler *scheduler;
    struct loop_timer *timer;
    bool asking, again;
    int64_t began_ms; /* monotonic: when the newest whole look began; */
    int64_t whole_ms; /* the same of the newest that is over; 0: none */
};

int roster_start(struct roster *, struct scheduler *);
/* Look at all, soon. */
void roster_refresh(struct roster *);
/* Look at one: it was enrolled, or wrote to us. */
void roster_look(struct roster *, uint32_t agent);
/* All were looked at just now: who is not known is not there. */
bool roster_is_fresh(const struct roster *);

#endif
