/* What a run did, or would do, in one repository: lines for people; for machines an object, one a line. */
#ifndef VEDETTE_CLI_PRUNE_REPORT_H
#define VEDETTE_CLI_PRUNE_REPORT_H

#include "cli/prune/plan.h"

struct buf;
struct problem;

struct prune_report {
    const struct catalogue *catalogue;
    const struct prune_plan *plan;
    const struct prune_rules *rules;
    int64_t now_s;
    bool dry, stopped;             /* nothing was to go; something was to go and did not */
    size_t removed;                /* objects */
    const struct problem *problem; /* what broke it off; NULL: nothing */
};

/* -1: no memory. */
int prune_report_text(const struct prune_report *, struct buf *ret);
int prune_report_json(const struct prune_report *, struct buf *ret);

/* Why a backup is kept or goes, in a few words. */
int prune_reason_text(const struct retention_backup *all, const struct retention_verdict *, struct buf *ret);

#endif
