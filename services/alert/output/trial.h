/* A test message, sent now and beside everything else: by a thread and a connection of its own. */
#ifndef ALERT_OUTPUT_TRIAL_H
#define ALERT_OUTPUT_TRIAL_H

#include "services/alert/output/outputs.h"

struct loop;

#define TRIALS_MAX 4 /* at a time: people ask for them one by one */

/* tested(arg, took_ms, failure) follows in the loop's thread; failure NULL: it arrived. -1 + problem. */
int trial_start(struct loop *, const struct output *, const char *host, output_tested *, void *arg, struct problem *);

#endif
