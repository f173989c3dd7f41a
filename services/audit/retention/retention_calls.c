/* log.retention and log.erase. */
#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "services/audit/audit.h"

static int fill(struct audit *audit, enum class class, const struct call_log_retention *in,
    struct call_log_retention_reply_row *row, struct problem *problem)
{
    struct retention_forecast forecast;
    const uint64_t kept_from = retainer_kept_from(audit->retainer, class);
    const int64_t as_of_ms = in->has_as_of ? in->as_of : clock_wall_ms();
    if (retainer_forecast(audit->retainer, class, as_of_ms, &forecast, problem))
        return -1;
    const bool counts = in->has_dry_run && in->dry_run;
    *row = (struct call_log_retention_reply_row){
        .class = (int)class,
        .days = retainer_days(audit->retainer, class),
        .kept_from = kept_from,
        .has_keeps_from = counts,
        .keeps_from = forecast.keeps_from,
        .has_entries = counts,
        .entries = forecast.keeps_from - kept_from,
        .has_bytes = counts,
        .bytes = forecast.bytes,
        .has_keys = counts,
        .keys = forecast.keys,
        .has_due = forecast.has_due,
        .due = forecast.due_ms,
    };
    return 0;
}

void serve_log_retention(struct bus_request *request, const struct call_log_retention *in)
{
    struct call_log_retention_reply_row rows[CLASS_COUNT];
    const struct call_log_retention_reply reply = { .n_rows = CLASS_COUNT, .rows = rows };
    struct problem problem;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (fill(bus_request_context(request), (enum class) class, in, &rows[class], &problem)) {
            bus_refuse(request, &problem);
            return;
        }
    }
    answer_log_retention(request, &reply);
}

void serve_log_erase(struct bus_request *request, const struct call_log_erase *in)
{
    struct audit *audit = bus_request_context(request);
    retainer_erase(audit->retainer, request, in);
}
