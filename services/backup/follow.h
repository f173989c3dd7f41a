/* What is heard of the log: that orders stand in it, and where; that documents came; and of agents that come and go. */
#ifndef BACKUP_FOLLOW_H
#define BACKUP_FOLLOW_H

struct backup;
struct problem;

int backup_follow(struct backup *, struct problem *);

#endif
