/* log.growth: for orders of backups, which go to agents by another service, show them the same log, and are signed by
 * the key that the newest trust file names: that has to lie in the mailbox before them. */
#include "lib/clock.h"
#include "services/scheduler/delivery/growth.h"
#include "services/scheduler/delivery/remembered.h"
#include "services/scheduler/scheduler.h"

void serve_log_growth(struct bus_request *request, const struct call_log_growth *in)
{
    struct scheduler *scheduler = scheduler_of(request);
    struct growth_shown shown;
    struct problem problem;
    const char *consistency = NULL;
    const struct trust *trust = scheduler->trusted.own.newest;
    bool shows = growth_of_receipt(in->receipt, &shown);
    bool waits = trust && deliveries_brings_trust(scheduler->records, trust->body->head.document, in->agent);
    if (waits || (shows && (deliveries_is_proving(scheduler->records, in->agent) ||
                               growth_for(scheduler, in->agent, &shown, &consistency) == GROWTH_WAIT))) {
        problem_set(&problem, "later", "", "%s", waits ? "a trust file is on its way" : "the proof is asked for");
        bus_refuse(request, &problem);
        return;
    }
    if (shows)
        remembered_show(scheduler->records, in->agent, shown.origin, shown.size, clock_wall_ms());
    answer_log_growth(request, &(struct call_log_growth_reply){ .consistency = consistency });
}
