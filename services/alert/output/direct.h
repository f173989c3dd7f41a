/* A message that is no entry of the log, sent now and beside everything else: by a thread and a connection of its
 * own. */
#ifndef ALERT_OUTPUT_DIRECT_H
#define ALERT_OUTPUT_DIRECT_H

#include "services/alert/output/outputs.h"

struct buf;
struct loop;

/* At a time: an alert to every output, and tests, which people ask for one by one. */
#define DIRECTS_MAX (OUTPUTS_MAX + 4)

/* json is like an entry of the log, but for its id. sent(arg, took_ms, failure) follows in the loop's thread, within 8
 * s; failure NULL: it arrived. -1 + problem. */
int direct_send(struct loop *, const struct output *, const char *host, const struct buf *json, output_tested *sent,
    void *arg, struct problem *);

#endif
