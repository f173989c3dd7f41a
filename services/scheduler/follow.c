#include "services/scheduler/follow.h"

#include <string.h>

#include "lib/bus.h"
#include "lib/message.h"
#include "lib/problem.h"
#include "lib/exchange/agents.h"
#include "services/scheduler/documents.h"
#include "services/scheduler/reports.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/watch_report.h"

#define CLASSES (1u << CLASS_OPS | 1u << CLASS_FLEET)
#define TYPES "vedette.document.logged.v1 vedette.agent.enrolled.v1 vedette.agent.retired.v1 vedette.agent.renamed.v1"

static void set_cursor(struct follow *follow, enum class class, uint64_t next)
{
    records_run(follow->scheduler->records, "INSERT OR REPLACE INTO cursor (class, next) VALUES (?, ?)", "si",
        class_words[class], (int64_t)next);
}

static uint64_t cursor(struct scheduler *scheduler, enum class class)
{
    struct db_rows *rows =
        records_query(scheduler->records, "SELECT next FROM cursor WHERE class = ?", "s", class_words[class]);
    uint64_t next = db_next(rows) ? (uint64_t)db_int(rows, 0) : BUS_FROM_NOW;
    records_finish(rows);
    return next;
}

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

static void take_event(struct scheduler *scheduler, const struct bus_event *event)
{
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

static void take(void *arg, const struct bus_event *event)
{
    struct follow *follow = arg;
    if (event) {
        take_event(follow->scheduler, event);
        set_cursor(follow, event->class, event->sequence + 1);
        return;
    }
    follow->caught_up = true;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (CLASSES & 1u << class)
            set_cursor(follow, (enum class) class, bus_subscription_next(follow->subscription, (enum class) class));
    }
}

int follow_start(struct follow *follow, struct scheduler *scheduler, struct problem *problem)
{
    const struct bus_filter filter = { .classes = CLASSES, .types = TYPES };
    uint64_t from[CLASS_COUNT] = { 0 };
    *follow = (struct follow){ .scheduler = scheduler };
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (CLASSES & 1u << class)
            from[class] = cursor(scheduler, (enum class) class);
    }
    follow->subscription = bus_subscribe(scheduler->program.bus, &filter, from, take, follow, problem);
    return follow->subscription ? 0 : -1;
}
