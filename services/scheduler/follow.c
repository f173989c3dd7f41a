#include "services/scheduler/follow.h"

#include <string.h>

#include "lib/exchange/agents.h"
#include "services/scheduler/documents/documents.h"
#include "services/scheduler/reports.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/watches/report.h"

#define TYPES "vedette.document.logged.v1 vedette.agent.enrolled.v1 vedette.agent.retired.v1 vedette.agent.renamed.v1"

/* Anybody's event of that type would do no harm: an agent looks for the very hash in the entry itself. */
static void take_logged(struct scheduler *scheduler, const struct event_document_logged *data, uint64_t sequence)
{
    struct paper paper;
    if (!documents_find(scheduler->records, data->document, data->document_kind, data->document_version, &paper) ||
        strcmp(paper.sha256, data->document_sha256) || paper.sequence >= 0)
        return;
    documents_logged(scheduler->records, paper.number, sequence);
    logging_found(scheduler, paper.number, sequence);
}

static void take(void *arg, const struct bus_event *event)
{
    struct scheduler *scheduler = arg;
    switch (event->event) {
    case EVENT_DOCUMENT_LOGGED:
        take_logged(scheduler, event->data, event->sequence);
        break;
    case EVENT_AGENT_ENROLLED:
        roster_look(&scheduler->roster, ((const struct event_agent_enrolled *)event->data)->agent);
        break;
    case EVENT_AGENT_RETIRED:
        agents_forget(scheduler->records, ((const struct event_agent_retired *)event->data)->agent);
        watch_report_forget(scheduler, ((const struct event_agent_retired *)event->data)->agent);
        reports_forget(scheduler, ((const struct event_agent_retired *)event->data)->agent);
        break;
    case EVENT_AGENT_RENAMED: {
        const struct event_agent_renamed *renamed = event->data;
        agents_rename(scheduler->records, renamed->agent, renamed->name);
        break;
    }
    default:
        break; /* stream.gap: what was deleted is years old */
    }
}

int scheduler_follow(struct scheduler *scheduler, struct problem *problem)
{
    const struct bus_filter filter = { .classes = 1u << CLASS_OPS | 1u << CLASS_FLEET, .types = TYPES };
    scheduler->follow = (struct follow){ .records = scheduler->records, .take = take, .arg = scheduler };
    return follow_start(&scheduler->follow, scheduler->program.bus, &filter, problem);
}
