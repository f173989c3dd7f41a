/*
 * An alert that the log cannot take goes to the outputs directly: that audit is silent. Each output that would get it
 * from the log gets it, again and again until it arrives, under one id; the event itself follows when audit is back.
 */
#ifndef ALERT_OUTPUT_PAGE_H
#define ALERT_OUTPUT_PAGE_H

#include "services/alert/output/outputs.h"

struct alert_record;
struct follower;
struct loop;

struct page_way {
    int64_t output; /* whose */
    uint64_t alert;
    bool under_way, arrived;
    int64_t next_ms; /* monotonic */
};

struct page {
    struct loop *loop;
    const char *host;
    struct page_way ways[OUTPUTS_MAX];
};

/* Each second. alert NULL: there is none. followers[i] NULL: there is no such output. */
void page_tick(
    struct page *, const struct alert_record *, struct follower *const followers[OUTPUTS_MAX], int64_t mono_ms);

#endif
