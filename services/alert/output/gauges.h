/* Metrics of outputs. A metric once registered stays, so each stands for a place, which outputs take in turn. */
#ifndef ALERT_OUTPUT_GAUGES_H
#define ALERT_OUTPUT_GAUGES_H

#include "services/alert/output/output.h"

struct follower;

struct gauges {
    char labels[16 + OUTPUT_NAME_BYTES]; /* "": nobody has the place */
    int64_t lag, failing;
    uint64_t delivered, failures;
};

void gauges_register(struct gauges[OUTPUTS_MAX]);
/* follower NULL: nobody has the place. */
void gauges_set(struct gauges *, const struct follower *, const uint64_t sizes[CLASS_COUNT]);

#endif
