/* Alerts in alert.db, from the change that opened one until it is forgotten. */
#ifndef ALERT_ALERTS_H
#define ALERT_ALERTS_H

#include "lib/records.h"
#include "services/alert/rules.h"

#define ALERTS_LISTED_MAX 10000 /* in one answer, some 2 MB of JSON */
#define ALERTS_KEPT_DAYS 400    /* resolved ones: a year to compare with, and a month to do it */
#define REASON_BYTES 201        /* of fields.def, and NUL */

struct alert_record {
    uint64_t alert;
    enum kind kind;
    int sev;
    char subject[SUBJECT_BYTES];
    char tenant[SLUG_BYTES], site[SLUG_BYTES]; /* "": none */
    uint32_t agent;                            /* 0: none */
    char reason[REASON_BYTES];
    int64_t opened_ms, resolved_ms; /* resolved_ms 0: open */
};

/* Store the change as an alert opened or resolved at that time; its number. */
uint64_t alerts_change(struct records *, const struct change *, int64_t wall_ms);
/* Note that alert.opened, or alert.resolved, is in the log. */
void alerts_logged(struct records *, uint64_t alert, bool resolved);
/* Call each(arg, alert, resolved) for everything that is not in the log yet, oldest first. */
void alerts_each_unlogged(struct records *, void (*each)(void *arg, uint64_t alert, bool resolved), void *arg);

/* false: there is no such alert. */
bool alerts_find(struct records *, uint64_t alert, struct alert_record *ret);
/* An open alert of this kind. */
bool alerts_find_open(struct records *, enum kind, struct alert_record *ret);
/* Newest first; tenant NULL: all; only: -1 all, 0 resolved, 1 open. Returns how many. */
size_t alerts_list(struct records *, const char *tenant, int only, struct alert_record *ret, size_t room);

/* Forget at most 10,000 alerts that resolved before the time. */
void alerts_forget(struct records *, int64_t before_ms);

#endif
