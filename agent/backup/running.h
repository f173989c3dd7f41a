/* One backup under way: what run.c, parts.c and ending.c share. */
#ifndef VEDETTE_AGENT_BACKUP_RUNNING_H
#define VEDETTE_AGENT_BACKUP_RUNNING_H

#include "agent/backup/crew.h"
#include "agent/backup/dumps.h"
#include "agent/backup/feed.h"
#include "agent/backup/identity.h"
#include "agent/backup/past.h"
#include "agent/backup/report.h"
#include "agent/backup/walk.h"

struct run {
    struct backup_options *options;
    struct target_conf conf;
    struct target_manner manner;
    struct backup_identity identity;
    struct target *target; /* the main thread's */
    struct crew *crew;
    struct stores stores;
    struct index *index;
    struct cache past;
    char cache_name[64];
    struct cache_writer cache;
    struct shipping shipping;
    struct writer writer;
    struct feed feed;
    struct walk walk;
    struct dumps dumps;
    struct report report;
    struct effort effort;
    bool (*stopped)(void);
};

/* parts.c. Each -1 + problem; parts_close takes whatever of them is open. */
int parts_open_target(struct run *, struct problem *);
int parts_open_past(struct run *, struct problem *);
int parts_make(struct run *, struct problem *);
void parts_close(struct run *);

/* ending.c: after the last file was read, what is left to be put: the tree, the manifest, the commit. -1 + problem. */
int ending_put(struct run *, struct commit *ret, struct problem *);
/* Of an order that was cut off: 1 if all but its last steps were done, and now they are. */
int ending_put_again(struct run *, struct commit *ret, struct problem *);

#endif
