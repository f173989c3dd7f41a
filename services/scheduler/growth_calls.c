/* log.growth: for orders of backups, which go to agents by another service and show them the same log. */
#include "lib/clock.h"
#include "services/scheduler/growth.h"
#include "services/scheduler/remembered.h"
#include "services/scheduler/scheduler.h"

void serve_log_growth(struct bus_request *request, const struct call_log_growth *in)
{
    struct scheduler *scheduler = scheduler_of(request);
    struct growth_shown shown;
    struct problem problem;
    const char *consistency = NULL;
    bool shows = growth_of_receipt(in->receipt, &shown);
    if (shows && (deliveries_is_proving(scheduler->records, in->agent) ||
                     growth_for(scheduler, in->agent, &shown, &consistency) == GROWTH_WAIT)) {
        problem_set(&problem, "later", "", "the proof is asked for");
        bus_refuse(request, &problem);
        return;
    }
    if (shows)
        remembered_show(scheduler->records, in->agent, shown.origin, shown.size, clock_wall_ms());
    answer_log_growth(request, &(struct call_log_growth_reply){ .consistency = consistency });
}
