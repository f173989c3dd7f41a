#include "services/alert/observation.h"

#include <stddef.h>

#include "lib/bus.h"

/* The events by which an agent changes its state; each has its own struct. */
static const struct {
    enum event event;
    enum state state;
    size_t agent, since;
} transitions[] = {
    { EVENT_AGENT_ONLINE, STATE_ONLINE, offsetof(struct event_agent_online, agent),
        offsetof(struct event_agent_online, since) },
    { EVENT_AGENT_LATE, STATE_LATE, offsetof(struct event_agent_late, agent),
        offsetof(struct event_agent_late, since) },
    { EVENT_AGENT_OFFLINE, STATE_OFFLINE, offsetof(struct event_agent_offline, agent),
        offsetof(struct event_agent_offline, since) },
    { EVENT_AGENT_GOODBYE, STATE_GOODBYE, offsetof(struct event_agent_goodbye, agent),
        offsetof(struct event_agent_goodbye, since) },
    { EVENT_AGENT_UPDATING, STATE_UPDATING, offsetof(struct event_agent_updating, agent),
        offsetof(struct event_agent_updating, since) },
    { EVENT_AGENT_MAINTENANCE, STATE_MAINTENANCE, offsetof(struct event_agent_maintenance, agent),
        offsetof(struct event_agent_maintenance, since) },
    { EVENT_AGENT_RETIRED, STATE_RETIRED, offsetof(struct event_agent_retired, agent),
        offsetof(struct event_agent_retired, since) },
};

static bool observe_transition(const struct bus_event *event, struct observation *ret)
{
    for (size_t i = 0; i < sizeof(transitions) / sizeof(transitions[0]); i++) {
        if ((int)transitions[i].event != event->event)
            continue;
        ret->what = OBSERVED_STATE;
        ret->state = transitions[i].state;
        ret->agent = *(const uint32_t *)((const char *)event->data + transitions[i].agent);
        ret->time_ms = *(const int64_t *)((const char *)event->data + transitions[i].since);
        /* Of agents that were registered in bulk nothing else says where they belong. */
        if (ret->state == STATE_OFFLINE)
            ret->site = ((const struct event_agent_offline *)event->data)->site;
        return true;
    }
    return false;
}

static void observe_enrolled(const struct event_agent_enrolled *data, struct observation *ret)
{
    ret->what = OBSERVED_ENROLLED;
    ret->agent = data->agent;
    ret->tenant = data->tenant;
    ret->site = data->site;
}

static void observe_site(enum observed what, const char *tenant, const char *site, struct observation *ret)
{
    ret->what = what;
    ret->tenant = tenant;
    ret->site = site;
}

bool observe(const struct bus_event *event, struct observation *ret)
{
    struct observation found = { .tenant = event->tenant, .time_ms = event->time_ms };
    const struct event_site_silent *silent = event->data;
    const struct event_site_returned *returned = event->data;
    switch (event->event) {
    case EVENT_AGENT_ENROLLED:
        observe_enrolled(event->data, &found);
        break;
    case EVENT_AGENT_CLONED:
        found.what = OBSERVED_CLONE;
        found.agent = ((const struct event_agent_cloned *)event->data)->agent;
        break;
    case EVENT_SITE_SILENT:
        observe_site(OBSERVED_SILENT, silent->tenant, silent->site, &found);
        break;
    case EVENT_SITE_RETURNED:
        observe_site(OBSERVED_RETURNED, returned->tenant, returned->site, &found);
        break;
    default: /* other types of the class, and those of a newer build, change nothing here */
        if (!observe_transition(event, &found))
            return false;
    }
    *ret = found;
    return true;
}
