#include "services/scheduler/returns.h"

#include "lib/bus/bus.h"
#include "lib/envelope/envelope.h"
#include "services/scheduler/delivery/remembered.h"
#include "services/scheduler/rekeys.h"
#include "services/scheduler/reports.h"
#include "services/scheduler/runs/progress.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/watches/report.h"

static int deal(void *arg, uint32_t agent, const struct envelope_opened *opened, struct problem *problem)
{
    struct scheduler *scheduler = arg;
    switch (opened->purpose) {
    case ENVELOPE_RUN:
        return progress_report(scheduler, agent, opened->message, problem);
    case ENVELOPE_OUTPUT:
        return progress_output(scheduler, agent, opened->message, problem);
    case ENVELOPE_RESTORE_RUN:
        progress_restore(scheduler, agent, opened->message);
        return 0;
    case ENVELOPE_WANTED:
        files_want(&scheduler->files, agent, opened->message);
        return 0;
    case ENVELOPE_REPORT:
        reports_take(scheduler, agent, opened);
        return 0;
    case ENVELOPE_REMEMBERED:
        remembered_take(scheduler, agent, opened->message);
        return 0;
    case ENVELOPE_REKEY:
        rekeys_take(scheduler, agent, opened);
        return 0;
    case ENVELOPE_WATCHES:
        return watch_report_take(scheduler, agent, opened->message, problem);
    default:
        return 0; /* of other purposes envelope_open takes none from an agent */
    }
}

static const char *deployment(void *arg)
{
    struct scheduler *scheduler = arg;
    return own_trust_deployment(&scheduler->trusted.own);
}

void returns_start(struct scheduler *scheduler)
{
    const struct incoming_owner owner = { .records = scheduler->records,
        .bus = scheduler->program.bus,
        .roster = &scheduler->roster,
        .peer = PEER_SCHEDULER,
        .own = &scheduler->own_keys,
        .folder = scheduler->program.name,
        .deployment = deployment,
        .deal = deal,
        .arg = scheduler };
    incoming_start(&scheduler->incoming, &owner);
}

static void answer(void *request)
{
    answer_envelope_take(request, &(struct call_envelope_take_reply){ 0 });
}

void serve_envelope_take(struct bus_request *request, const struct call_envelope_take *in)
{
    incoming_take(&scheduler_of(request)->incoming, request, in->agent, in->envelope, answer);
}
