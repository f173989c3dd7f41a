/* From plans to orders: what is due is ordered, once; what was not begun in time is missed. */
#ifndef BACKUP_ORDERING_H
#define BACKUP_ORDERING_H

#include "services/backup/orders/orders.h"
#include "services/backup/plans/plans.h"

struct backup;

#define ORDERING_EXPIRES_MS                                                                                            \
    (INT64_C(48) * 3600000) /* prune relies on it: what was uploaded earlier belongs to no backup under way */

/* What to order of a plan. */
struct ordering {
    uint32_t agent;
    enum backup_class class;
    int64_t slot, begin_by_ms;
};
/* The order of it, stored and on its way. -1 + problem: the log takes none now, the agent is not there. */
int ordering_make(struct backup *, const struct plan *, const struct ordering *, struct order *ret, struct problem *);
/* An order has changed its state: store it, tell it unless it is done, and if it has ended let the next one go. */
void ordering_moved(struct backup *, const struct order *);
/* What is due now, some at a time. */
void ordering_turn(struct backup *);
/* What is late; each second. */
void ordering_tick(struct backup *);
/* The plan is no longer in force: nothing of it is ordered any more, and what was not begun is stopped. */
void ordering_end_plan(struct backup *, const struct plan *);
/* Today on the wall of the plan's zone. */
int64_t ordering_today(const struct plan *, int64_t now_ms);

#endif
