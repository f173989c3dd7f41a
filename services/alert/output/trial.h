/* A test message, for who wants to know whether an output works. */
#ifndef ALERT_OUTPUT_TRIAL_H
#define ALERT_OUTPUT_TRIAL_H

#include "services/alert/output/outputs.h"

struct loop;

/* tested(arg, took_ms, failure) follows in the loop's thread; failure NULL: it arrived. -1 + problem. */
int trial_start(struct loop *, const struct output *, const char *host, output_tested *, void *arg, struct problem *);

#endif
