#include "services/alert/announce.h"

#include <stdlib.h>

#include "lib/bus/bus.h"
#include "lib/log.h"
#include "services/alert/alerts.h"

#define WAITING_MAX 1000000 /* some 32 MB; what does not fit is found again in alert.db at the next start */

struct waiting {
    struct announce *announce;
    struct waiting *next; /* oldest first */
    uint64_t alert;
    bool resolved;
};

struct announce {
    struct bus *bus;
    struct records *records;
    struct waiting *first, **end; /* not yet handed over */
    unsigned n;
};

struct announce *announce_new(struct bus *bus, struct records *records)
{
    struct announce *announce = calloc(1, sizeof(*announce));
    if (announce)
        *announce = (struct announce){ .bus = bus, .records = records, .end = &announce->first };
    return announce;
}

void announce_free(struct announce *announce)
{
    for (struct waiting *waiting = announce ? announce->first : NULL, *next; waiting; waiting = next) {
        next = waiting->next;
        free(waiting);
    }
    free(announce);
}

void announce_add(struct announce *announce, uint64_t alert, bool resolved)
{
    struct waiting *waiting = announce->n < WAITING_MAX ? calloc(1, sizeof(*waiting)) : NULL;
    if (!waiting) {
        log_warning("alert.announcement_postponed", LOG_INT("alert", alert));
        return;
    }
    *waiting = (struct waiting){ .announce = announce, .alert = alert, .resolved = resolved };
    *announce->end = waiting;
    announce->end = &waiting->next;
    announce->n++;
}

/* Audit has it, or refuses it for good: either way it is not announced again. */
static void stored(void *arg, const struct problem *refused)
{
    struct waiting *waiting = arg;
    if (refused)
        log_problem(LOG_LEVEL_ERROR, "alert.announcement_refused", refused);
    alerts_logged(waiting->announce->records, waiting->alert, waiting->resolved);
    free(waiting);
}

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

static int emit_opened(struct bus *bus, const struct alert_record *alert, const struct event_about *about, void *arg)
{
    const struct event_alert_opened data = {
        .alert = alert->alert,
        .kind = alert->kind,
        .tenant = or_null(alert->tenant),
        .site = or_null(alert->site),
        .has_agent = alert->agent,
        .agent = alert->agent,
        .reason = alert->reason,
        .opened_at = alert->opened_ms,
    };
    return emit_alert_opened(bus, about, &data, stored, arg);
}

static int emit_resolved(struct bus *bus, const struct alert_record *alert, const struct event_about *about, void *arg)
{
    const struct event_alert_resolved data = {
        .alert = alert->alert,
        .kind = alert->kind,
        .tenant = or_null(alert->tenant),
        .site = or_null(alert->site),
        .has_agent = alert->agent,
        .agent = alert->agent,
        .resolved_at = alert->resolved_ms,
    };
    return emit_alert_resolved(bus, about, &data, stored, arg);
}

static int emit(struct announce *announce, struct waiting *waiting)
{
    struct alert_record alert;
    if (!alerts_find(announce->records, waiting->alert, &alert)) {
        free(waiting); /* forgotten meanwhile */
        return 0;
    }
    const struct event_about about = {
        .time_ms = waiting->resolved ? alert.resolved_ms : alert.opened_ms,
        .tenant = or_null(alert.tenant),
        .subject = alert.subject,
        .sev = waiting->resolved ? 0 : alert.sev,
    };
    return waiting->resolved ? emit_resolved(announce->bus, &alert, &about, waiting)
                             : emit_opened(announce->bus, &alert, &about, waiting);
}

void announce_go(struct announce *announce)
{
    while (announce->first) {
        struct waiting *waiting = announce->first, *next = waiting->next;
        /* From here on `stored` owns it, unless the outbox is full. */
        if (emit(announce, waiting))
            return;
        announce->first = next;
        announce->n--;
    }
    announce->end = &announce->first;
}

void announce_seen(struct announce *announce, const struct bus_event *event)
{
    if (event->event == EVENT_ALERT_OPENED)
        alerts_logged(announce->records, ((const struct event_alert_opened *)event->data)->alert, false);
    if (event->event == EVENT_ALERT_RESOLVED)
        alerts_logged(announce->records, ((const struct event_alert_resolved *)event->data)->alert, true);
}
