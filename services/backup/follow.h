/* What is heard of the log: that orders stand in it, and where; that documents came; and of agents that come and go. */
#ifndef BACKUP_FOLLOW_H
#define BACKUP_FOLLOW_H

#include <stdbool.h>

struct backup;
struct bus_subscription;
struct problem;

struct follow {
    struct backup *backup;
    struct bus_subscription *subscription;
    bool caught_up; /* since the start */
};

int follow_start(struct follow *, struct backup *, struct problem *);

#endif
