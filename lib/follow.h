/*
 * Following the log from where this service was: its place in each class stands in the table `cursor`, and moves in one
 * transaction with what the events did.
 */
#ifndef VEDETTE_FOLLOW_H
#define VEDETTE_FOLLOW_H

#include <stdbool.h>

#include "lib/bus/bus.h"
#include "lib/records.h"

struct follow {
    struct records *records;                           /* with the table */
    void (*take)(void *arg, const struct bus_event *); /* an event that was not taken before */
    void *arg;
    struct bus_subscription *subscription;
    unsigned classes;
    bool caught_up; /* since the start */
};

/* The caller has set records, take and arg. One that never followed begins with what comes from now on. -1 + problem.
 */
int follow_start(struct follow *, struct bus *, const struct bus_filter *, struct problem *);

#endif
