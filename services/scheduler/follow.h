/* What the scheduler hears of the log: that its documents stand in it, and where; and of agents that come and go. */
#ifndef SCHEDULER_FOLLOW_H
#define SCHEDULER_FOLLOW_H

struct scheduler;
struct problem;

int scheduler_follow(struct scheduler *, struct problem *);

#endif
