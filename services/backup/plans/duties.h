/* Which machines a plan is for, up to when their turns were dealt with, and when to look at them next: table `duty`. */
#ifndef BACKUP_DUTIES_H
#define BACKUP_DUTIES_H

#include "lib/repository/name.h"
#include "services/backup/plans/plans.h"

struct duty {
    char document[BACKUP_BYTES];
    uint32_t agent;
    int64_t dealt_ms, look_ms;
};

/* For all that a plan is for, from now on; those that are there are looked at anew. */
void duties_resolve(struct records *, const struct plan *, int64_t now_ms);
/* For one that came, of all plans. */
void duties_newcomer(struct records *, const struct plans *, uint32_t agent, int64_t now_ms);
void duties_forget(struct records *, uint32_t agent);

/* To be looked at now, at most n. */
size_t duties_due(struct records *, int64_t now_ms, struct duty *ret, size_t n);
void duties_dealt(struct records *, const struct duty *);
/* Its backup ended: look at it now. */
void duties_look(struct records *, const char *document, uint32_t agent);
void duties_remove(struct records *, const struct duty *);

/* Each, by plan and agent, of one plan (NULL: all) and one agent (0: all). */
typedef void duties_each(void *arg, const struct duty *);
void duties_list(struct records *, const char *document, uint32_t agent, duties_each *, void *arg);

#endif
