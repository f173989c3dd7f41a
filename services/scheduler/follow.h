/* What the scheduler hears of the log: that its documents stand in it, and where; and of agents that come and go. */
#ifndef SCHEDULER_FOLLOW_H
#define SCHEDULER_FOLLOW_H

#include <stdbool.h>

struct bus_subscription;
struct problem;
struct scheduler;

struct follow {
    struct scheduler *scheduler;
    struct bus_subscription *subscription;
    bool caught_up; /* since the start */
};

int follow_start(struct follow *, struct scheduler *, struct problem *);

#endif
