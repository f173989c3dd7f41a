/*
 * alert.db: what must survive a restart. Writes gather in one transaction until records_commit, so that the cursor of
 * the log, what the events did and the alerts that follow are durable together or not at all.
 *
 * A failed write ends the process: memory would say what the disk does not, and a restart makes both one again.
 */
#ifndef ALERT_RECORDS_H
#define ALERT_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/alert/observation.h"
#include "services/alert/rules.h"

#define RECORDS_LISTED_MAX 10000 /* alerts in one answer, some 2 MB of JSON */
#define RECORDS_KEPT_DAYS 400    /* resolved alerts: a year to compare with, and a month to do it */
#define REASON_BYTES 201         /* of fields.def, and NUL */

struct records;

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

/* NULL + problem. */
struct records *records_open(const char *path, struct problem *);
void records_close(struct records *);

/* Everything that rules must know at start. -1 + problem. */
int records_load(struct records *, struct rules *, const struct instant *now, struct problem *);

uint64_t records_cursor(struct records *, enum class);
void records_set_cursor(struct records *, enum class, uint64_t next);
void records_observe(struct records *, const struct observation *);
void records_limit(struct records *, const char *tenant, uint32_t after_s);

/* Store the change as an alert opened or resolved at that time; its number. */
uint64_t records_change(struct records *, const struct change *, int64_t wall_ms);
/* alert.opened, or alert.resolved, is in the log. */
void records_logged(struct records *, uint64_t alert, bool resolved);
/* Call each(arg, alert, resolved) for everything that is not in the log yet, oldest first. */
void records_each_unlogged(struct records *, void (*each)(void *arg, uint64_t alert, bool resolved), void *arg);

/* -1: there is no such alert. */
int records_alert(struct records *, uint64_t alert, struct alert_record *ret);
/* One that is open of this kind. -1: there is none. */
int records_open_alert(struct records *, enum kind, struct alert_record *ret);
/* Newest first; tenant NULL: all; only: -1 all, 0 resolved, 1 open. Returns how many. */
size_t records_list(struct records *, const char *tenant, int only, struct alert_record *ret, size_t room);
/* Call each(arg, tenant, after_s) for each limit, by tenant. */
void records_each_limit(
    struct records *, const char *tenant, void (*each)(void *arg, const char *tenant, uint32_t after_s), void *arg);

/* Forget at most 10,000 alerts that resolved before the time. */
void records_forget(struct records *, int64_t before_ms);

void records_commit(struct records *);

#endif
