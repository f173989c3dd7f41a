/* Plans in force, parsed, and which machines they are for. They stand in backup.db, too: table `plan`. */
#ifndef BACKUP_PLANS_H
#define BACKUP_PLANS_H

#include "lib/exchange/agents.h"
#include "lib/repository/name.h"
#include "lib/repository/zones.h"
#include "lib/signed/document.h"
#include "services/backup/plans/timetable.h"

struct trusted;

#define PLANS_MAX 1000 /* as many as the scheduler lists */

struct plan {
    struct document document;
    const struct document_backup_plan *body; /* within it */
    struct timetable table;
    int64_t kept_ms;
};

struct plans {
    struct records *records;
    struct zones zones;
    size_t n;
    struct plan *all[PLANS_MAX]; /* in the order in which they came */
};

/* From backup.db. -1 + problem. */
int plans_open(struct plans *, struct records *, struct problem *);
void plans_close(struct plans *);

/* A version that was verified; takes the document. -1 + problem: too many, or an unknown zone; then it is the
 * caller's. */
int plans_keep(struct plans *, struct document *, const char *dsse, int64_t now_ms, struct problem *);
void plans_end(struct plans *, const char *document);
/* One that does not verify any more, after a revocation or another trust file; NULL: all do. */
const struct plan *plans_unverified(struct plans *, const struct trusted *);
/* NULL: there is none. */
const struct plan *plans_find(const struct plans *, const char *document);
bool plan_is_for(const struct plan *, const struct agent_known *);

#endif
