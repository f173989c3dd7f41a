#include "services/backup/follow.h"

#include <string.h>

#include "lib/exchange/agents.h"
#include "services/backup/backup.h"
#include "services/backup/catalogue/proofs.h"
#include "services/backup/orders/orders.h"
#include "services/backup/plans/duties.h"
#include "services/backup/pruned.h"

#define TYPES                                                                                                          \
    "vedette.document.logged.v1 vedette.backup.ordered.v1 vedette.configuration.changed.v1 vedette.agent.enrolled.v1"  \
    " vedette.agent.retired.v1 vedette.agent.renamed.v1"

/* An event of another order's text would do no harm: an agent looks for the very hash in the entry itself. */
static void take_ordered(struct backup *backup, const struct event_backup_ordered *data, uint64_t sequence)
{
    struct order order;
    if (!orders_find(backup->records, data->backup, &order) || strcmp(order.sha256, data->order_sha256) ||
        order.sequence >= 0)
        return;
    orders_logged(backup->records, order.number, sequence);
    logging_found(backup, order.number, sequence);
}

static void take_document(struct backup *backup, int kind)
{
    if (kind == DOCUMENT_KIND_BACKUP_PLAN || kind == DOCUMENT_KIND_TRUST || kind == DOCUMENT_KIND_REVOCATION ||
        kind == DOCUMENT_KIND_SUCCESSION)
        looking_look(&backup->looking);
}

static void retire(struct backup *backup, uint32_t agent)
{
    agents_forget(backup->records, agent);
    duties_forget(backup->records, agent);
    pruned_forget(backup->records, agent);
    proofs_forget(backup->records, agent);
}

static void take(void *arg, const struct bus_event *event)
{
    struct backup *backup = arg;
    switch (event->event) {
    case EVENT_BACKUP_ORDERED:
        take_ordered(backup, event->data, event->sequence);
        break;
    case EVENT_DOCUMENT_LOGGED:
        take_document(backup, ((const struct event_document_logged *)event->data)->document_kind);
        break;
    case EVENT_CONFIGURATION_CHANGED: /* a plan may have been cancelled */
        if (!strcmp(((const struct event_configuration_changed *)event->data)->thing, "task"))
            looking_look(&backup->looking);
        break;
    case EVENT_AGENT_ENROLLED:
        roster_look(&backup->roster, ((const struct event_agent_enrolled *)event->data)->agent);
        break;
    case EVENT_AGENT_RETIRED:
        retire(backup, ((const struct event_agent_retired *)event->data)->agent);
        break;
    case EVENT_AGENT_RENAMED: {
        const struct event_agent_renamed *renamed = event->data;
        agents_rename(backup->records, renamed->agent, renamed->name);
        break;
    }
    default:
        break; /* stream.gap: what was deleted is years old */
    }
}

int backup_follow(struct backup *backup, struct problem *problem)
{
    const struct bus_filter filter = { .classes = 1u << CLASS_OPS | 1u << CLASS_FLEET, .types = TYPES };
    backup->follow = (struct follow){ .records = backup->records, .take = take, .arg = backup };
    return follow_start(&backup->follow, backup->program.bus, &filter, problem);
}
