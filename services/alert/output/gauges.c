#include "services/alert/output/gauges.h"

#include <stdio.h>

#include "lib/metrics.h"
#include "services/alert/output/follower.h"

void gauges_register(struct gauges gauges[OUTPUTS_MAX])
{
    /* All of one name stand together in the text that is scraped. */
    for (int i = 0; i < OUTPUTS_MAX; i++)
        metric_gauge(
            "output_lag", gauges[i].labels, "entries of the log not yet delivered or passed over", &gauges[i].lag);
    for (int i = 0; i < OUTPUTS_MAX; i++)
        metric_gauge("output_failing", gauges[i].labels, "1 while no attempt succeeds", &gauges[i].failing);
    for (int i = 0; i < OUTPUTS_MAX; i++)
        metric_counter("output_delivered_total", gauges[i].labels, "events delivered", &gauges[i].delivered);
    for (int i = 0; i < OUTPUTS_MAX; i++)
        metric_counter("output_failures_total", gauges[i].labels, "failed attempts", &gauges[i].failures);
}

void gauges_set(struct gauges *gauges, const struct follower *follower, const uint64_t sizes[CLASS_COUNT])
{
    *gauges = (struct gauges){ 0 };
    if (!follower)
        return;
    snprintf(gauges->labels, sizeof(gauges->labels), "output=\"%s\"", follower->output.name);
    gauges->lag = (int64_t)follower_lag(follower, sizes);
    gauges->failing = follower->report.failing_since_ms != 0;
    gauges->delivered = follower->report.delivered;
    gauges->failures = follower->report.failures;
}
