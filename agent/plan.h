/*
 * When to fetch mail next: pure, the clock and the dice are passed in.
 *
 * A poll costs a TLS handshake, some 5 kB and 20 ms of CPU, which every 15 minutes would be three times what beats cost.
 * It is needed only where wakes do not arrive; the first wake since the start proves that they do.
 */
#ifndef VEDETTE_AGENT_PLAN_H
#define VEDETTE_AGENT_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#define PLAN_START_MS 3000              /* a whole site that gets its power back must not shake hands at once */
#define PLAN_WOKEN_MS 250               /* nor all whom one task wakes */
#define PLAN_NEWS_MS 5000               /* something to report: within */
#define PLAN_APART_MS 1000              /* between two fetches at least, whatever is asked of us */
#define PLAN_POLL_MS (15 * 60 * 1000)
#define PLAN_SELDOM_MS (6 * 60 * 60 * 1000)
#define PLAN_RETRY_MS 15000             /* after a failure: doubling up to PLAN_POLL_MS */

struct plan {
    int64_t due_ms;         /* monotonic */
    int64_t last_ms;        /* when the last fetch began */
    unsigned failures;      /* in a row */
    bool wakes_arrive;
};

void plan_start(struct plan *, int64_t now_ms, uint32_t random);
/* A wake came. */
void plan_wake(struct plan *, int64_t now_ms, uint32_t random);
/* There is something to report. */
void plan_news(struct plan *, int64_t now_ms, uint32_t random);
/* The network says that nobody takes our beats: the server may have moved, and mail finds it again. */
void plan_lost(struct plan *, int64_t now_ms, uint32_t random);
void plan_begun(struct plan *, int64_t now_ms);
void plan_delivered(struct plan *, int64_t now_ms, uint32_t random);
void plan_failed(struct plan *, int64_t now_ms, uint32_t random);

#endif
