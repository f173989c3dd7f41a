/*
 * The activity log: what was asked of this machine, by whom, and what became of it; a line of plain text each, for the
 * people who use the machine. `vedette-agent activity` prints it.
 */
#ifndef VEDETTE_AGENT_WORK_ACTIVITY_H
#define VEDETTE_AGENT_WORK_ACTIVITY_H

#include <stdint.h>

#define ACTIVITY_LIMIT_BYTES (4 << 20)   /* then it becomes activity.log.1, and the one before that is gone */
#define ACTIVITY_REFUSED_BYTES (2 << 20) /* the same of refused.log: refusals have room of their own */

/* What a line is about; members may be NULL. */
struct activity {
    const char *kind, *document, *title, *signers;
    uint32_t version;
    const char *detail; /* a sentence */
};

/* Where it is, before the first line. The path is copied. */
void activity_open(const char *path);
/* what: one word, as "started", "refused". A log that cannot be written stops nothing, and is told by standard
 * error. */
void activity_write(const char *what, const struct activity *);
/* One that was refused, and its code: beside the log, in refused.log, so that however many there are push nothing out
 * of it; and those that are alike are counted (refusals.h). */
void activity_refused(const struct activity *, const char *code);
/* Write how many were counted: now and then, and before the process ends. */
void activity_settle(void);
void activity_close(void);

#endif
