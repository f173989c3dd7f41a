/*
 * One backup under way: vedette-agent-backup as a child, confined by its own group, time and memory, with the words of
 * the plan and the order; and what it says.
 */
#ifndef VEDETTE_AGENT_WORK_BACKING_H
#define VEDETTE_AGENT_WORK_BACKING_H

#include "agent/work/backups/backup_line.h"

struct backing;
struct held;
struct ordered;
struct problem;
struct work;

/* What is told while it runs, in the loop's thread. The backing is over with `ended`, and freed behind it. */
struct backing_told {
    /* So far; expected: what the backup before had, zeros where there was none. */
    void (*progress)(void *arg, const struct backup_said *, const struct backup_said *expected);
    /* said: done or failed. stopped: by backing_stop, or because we end. */
    void (*ended)(void *arg, const struct backup_said *, bool stopped);
    void *arg;
};

/* NULL + problem: it did not begin. The order's tries were counted before, on disk. */
struct backing *backing_start(
    struct work *, const struct held *plan, const struct ordered *, const struct backing_told *, struct problem *);
/* End it; `ended` comes as ever. */
void backing_stop(struct backing *);

#endif
