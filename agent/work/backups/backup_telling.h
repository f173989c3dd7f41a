/* What is said of backups: to the server, and in the activity log. */
#ifndef VEDETTE_AGENT_WORK_BACKUP_TELLING_H
#define VEDETTE_AGENT_WORK_BACKUP_TELLING_H

#include "agent/work/backups/backup_line.h"
#include "agent/work/backups/ordered.h"

struct problem;
struct work;

/* A line of the activity log, about its plan. */
void backup_note(const struct work *, const struct ordered *, const char *what, const char *detail);

/* problem may be NULL. */
void backup_tell_state(struct work *, const struct ordered *, enum backup_state, const struct problem *);
/* That it waits, once. */
void backup_tell_waits(struct work *, struct ordered *);

/* One begins to run; and how far it is, as often as makes sense. */
void backup_begin_telling(struct work *, const struct ordered *);
void backup_tell_progress(struct work *, const struct backup_said *, const struct backup_said *expected);

/* Its commit lies beside it: size and hash become the order's. -1 + problem: it is none. */
int backup_take_commit(struct ordered *, struct problem *);
/* How it ended; before `done` its commit, piece by piece. 0: all is on its way, and that is on disk. -1: not yet. */
int backup_tell_end(struct work *, struct ordered *);

#endif
