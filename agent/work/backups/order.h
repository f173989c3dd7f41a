/*
 * An order to back up, as a server gives it: parsed wholly, and compared with the plan that it names. Pure. What it may
 * say is little: which plan, when, and for how long the backup is kept at least; what is backed up, where to and for whom
 * it is sealed, is in the plan that people signed and in the owner's files.
 */
#ifndef VEDETTE_AGENT_WORK_ORDER_H
#define VEDETTE_AGENT_WORK_ORDER_H

#include <jansson.h>

#include "contract.h"

struct problem;

#define ORDER_BYTES_MAX 4096
#define ORDER_LIFE_MS (48 * INT64_C(3600000)) /* prune gives what no commit lists 72 h */
#define ORDER_AHEAD_MS INT64_C(3600000)       /* clocks may differ so much */
#define ORDER_SLOT_DAYS 2                     /* a date is one of the time of its order, in any zone, the window over midnight */

struct order {
    struct backup_order body;
    int64_t slot, kept_until; /* days since 1970-01-01 */
    json_t *json;             /* what the body's texts live in */
};

/* -1 + "bad-order", *ret untouched. */
int order_parse(const char *text, size_t bytes, struct order *ret, struct problem *);
void order_free(struct order *);

/* Whose it should be. */
struct order_for {
    const char *deployment, *fingerprint;
};

/* Is it for this agent, in time, and does it say what the plan says? "other-deployment", "not-a-target", "bad-order",
 * "late-order", "other-version", "other-class". */
int order_judge(const struct order *, const struct order_for *, const struct document_backup_plan *, int64_t now_ms,
    struct problem *);

#endif
