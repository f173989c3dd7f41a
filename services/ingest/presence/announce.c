#include "services/ingest/presence/announce.h"

#include <inttypes.h>
#include <stdio.h>

#include "contract.h"
#include "lib/bus/bus.h"
#include "lib/metrics.h"
#include "services/ingest/live/live.h"
#include "services/ingest/presence/presence.h"
#include "services/ingest/registry/registry.h"

#define REST_A_TICK 2000    /* 16,000 a second: about a tenth of the thread */
#define LOOKS_A_TICK 200000 /* 6 MB of memory to read, about 2 ms */

static void add_until(void *arg, const struct agent_row *row)
{
    struct event_agent_maintenance *data = arg;
    data->has_until = row->maintenance_until > 0;
    data->until = row->maintenance_until;
}

static int emit_maintenance(struct announcer *announcer, const struct event_about *about, uint32_t agent, int64_t since)
{
    struct event_agent_maintenance data = { .agent = agent, .since = since };
    struct problem problem;
    /* Unreadable: the event without its end is still true. */
    registry_each(announcer->registry, agent, agent, add_until, &data, &problem);
    return emit_agent_maintenance(announcer->bus, about, &data, NULL, NULL);
}

static int emit_state(struct announcer *announcer, const struct change *change)
{
    const struct presence *presence = announcer->presence;
    uint32_t agent = change->agent;
    const struct site *site = &presence->sites->all[presence->hot->site[agent]];
    int64_t since = change->since_ms, last_seen = presence_last_seen(presence, agent);
    char subject[24];
    snprintf(subject, sizeof(subject), "agent/%" PRIu32, agent);
    const struct event_about about = { .time_ms = since, .tenant = site->tenant, .subject = subject };
    switch (change->state) {
    case STATE_ONLINE:
        return emit_agent_online(announcer->bus, &about, &(struct event_agent_online){ agent, since }, NULL, NULL);
    case STATE_LATE:
        return emit_agent_late(
            announcer->bus, &about, &(struct event_agent_late){ agent, since, last_seen }, NULL, NULL);
    case STATE_OFFLINE:
        return emit_agent_offline(
            announcer->bus, &about, &(struct event_agent_offline){ agent, since, last_seen, site->name }, NULL, NULL);
    case STATE_GOODBYE:
        return emit_agent_goodbye(announcer->bus, &about, &(struct event_agent_goodbye){ agent, since }, NULL, NULL);
    case STATE_UPDATING:
        return emit_agent_updating(announcer->bus, &about, &(struct event_agent_updating){ agent, since }, NULL, NULL);
    case STATE_MAINTENANCE:
        return emit_maintenance(announcer, &about, agent, since);
    case STATE_RETIRED:
        return emit_agent_retired(announcer->bus, &about, &(struct event_agent_retired){ agent, since }, NULL, NULL);
    case STATE_NEVER: /* out of maintenance without ever having been heard: agent.enrolled said it */
    case STATE_COUNT:
        break;
    }
    return 0;
}

/* -1: the outbox is full. */
static int announce(struct announcer *announcer, const struct change *change)
{
    if (change->state == presence_announced(announcer->presence->hot->pulse[change->agent].state))
        return 0;
    if (emit_state(announcer, change)) {
        announcer->postponed++;
        return -1;
    }
    presence_announced_set(announcer->presence, change->agent, change->state);
    announcer->announced++;
    return 0;
}

/* What could not be told in time is told as it is now; the states in between are left out. */
static int announce_present(struct announcer *announcer, uint32_t agent)
{
    const struct hot *hot = announcer->presence->hot;
    uint8_t byte = hot->pulse[agent].state;
    return announce(announcer,
        &(struct change){ agent, presence_shown(byte), hot->cold[agent].since_ms, presence_announced(byte) });
}

static void fall_behind(struct announcer *announcer)
{
    announcer->behind = true;
    announcer->next = 1;
    announcer->clean = true;
}

void announcer_start(struct announcer *announcer)
{
    fall_behind(announcer);
    metric_counter("transitions_announced_total", NULL, "Changes of presence handed to audit", &announcer->announced);
    metric_counter(
        "transitions_postponed_total", NULL, "Attempts to announce that met a full outbox", &announcer->postponed);
}

void announce_changes(struct announcer *announcer)
{
    struct presence *presence = announcer->presence;
    for (size_t i = 0; i < presence->n_changed; i++) {
        live_changed(announcer->live, presence->changed[i].agent, presence->changed[i].before);
        if (!announcer->behind && announce(announcer, &presence->changed[i]))
            fall_behind(announcer);
    }
    if (presence->changes_lost) {
        live_rebuild_away(announcer->live);
        fall_behind(announcer);
    }
    presence->n_changed = 0;
    presence->changes_lost = false;
}

/* A round that found nothing to tell ends the search: what changed behind it went into the queue, or set `behind`. */
static void announce_behind(struct announcer *announcer)
{
    const struct hot *hot = announcer->presence->hot;
    uint32_t left = hot->highest + 1 - announcer->next,
             end = announcer->next + (left < LOOKS_A_TICK ? left : LOOKS_A_TICK);
    for (unsigned told = 0; told < REST_A_TICK; told++) {
        announcer->next = presence_next_unannounced(hot->pulse, announcer->next, end);
        if (announcer->next > hot->highest) {
            announcer->behind = !announcer->clean;
            announcer->clean = true;
            announcer->next = 1;
            return;
        }
        if (announcer->next == end)
            return;
        announcer->clean = false;
        if (announce_present(announcer, announcer->next))
            return;
        announcer->next++;
    }
}

static int announce_site(struct announcer *announcer, struct site *site)
{
    char subject[80];
    snprintf(subject, sizeof(subject), "site/%s/%s", site->tenant, site->name);
    const struct event_about about = { .tenant = site->tenant, .subject = subject };
    int error;
    if (site->silent) {
        const struct event_site_silent data = { site->tenant, site->name, site->fallen };
        error = emit_site_silent(announcer->bus, &about, &data, NULL, NULL);
    } else {
        const struct event_site_returned data = { site->tenant, site->name };
        error = emit_site_returned(announcer->bus, &about, &data, NULL, NULL);
    }
    if (!error)
        site->announced_silent = site->silent;
    return error;
}

static void announce_sites(struct announcer *announcer)
{
    struct sites *sites = announcer->presence->sites;
    for (uint32_t i = 1; i < sites->n; i++) {
        if (sites->all[i].silent != sites->all[i].announced_silent && announce_site(announcer, &sites->all[i]))
            return;
    }
    sites->untold = false;
}

void announce_rest(struct announcer *announcer)
{
    if (announcer->behind)
        announce_behind(announcer);
    if (announcer->presence->sites->untold)
        announce_sites(announcer);
}
