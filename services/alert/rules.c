#include "services/alert/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rules_open(struct rules *rules, uint32_t default_after_s, uint32_t audit_silent_s)
{
    *rules = (struct rules){
        .default_after_ms = (int64_t)default_after_s * 1000,
        .audit_silent_ms = (int64_t)audit_silent_s * 1000,
        .next_due_ms = RULES_NEVER_MS,
    };
}

void rules_free(struct rules *rules)
{
    known_free(&rules->known);
    watches_free(&rules->watches);
    free(rules->tenants);
    rules->tenants = NULL;
}

static struct tenant_rule_row *find_tenant(const struct rules *rules, const char *tenant)
{
    for (size_t i = 0; i < rules->n_tenants; i++) {
        if (!strcmp(rules->tenants[i].tenant, tenant))
            return &rules->tenants[i];
    }
    return NULL;
}

uint32_t rules_limit_s(const struct rules *rules, const char *tenant)
{
    const struct tenant_rule_row *row = find_tenant(rules, tenant);
    return row ? (uint32_t)(row->offline_after_ms / 1000) : 0;
}

int rules_limit(struct rules *rules, const char *tenant, uint32_t after_s)
{
    struct tenant_rule_row *row = find_tenant(rules, tenant);
    if (!row) {
        struct tenant_rule_row *all = rules->n_tenants < TENANT_RULES_MAX
                                          ? reallocarray(rules->tenants, rules->n_tenants + 1, sizeof(*all))
                                          : NULL;
        if (!all)
            return -1;
        rules->tenants = all;
        row = &all[rules->n_tenants++];
        snprintf(row->tenant, sizeof(row->tenant), "%s", tenant);
    }
    row->offline_after_ms = (int64_t)after_s * 1000;
    for (size_t i = 0; i < rules->known.n_places; i++) {
        if (!strcmp(rules->known.places[i]->tenant, tenant))
            rules->known.places[i]->offline_after_ms = row->offline_after_ms;
    }
    rules->next_due_ms = 0; /* somebody may be due by the new limit */
    return 0;
}

static struct place *find_place(struct rules *rules, const char *tenant, const char *site)
{
    bool made;
    struct place *place = known_place(&rules->known, tenant, site ? site : "", &made);
    if (place && made) {
        const struct tenant_rule_row *row = find_tenant(rules, tenant);
        place->offline_after_ms = row ? row->offline_after_ms : rules->default_after_ms;
    }
    return place;
}

static void touch(struct rules *rules, uint32_t id, struct agent *agent)
{
    if (agent->touched)
        return;
    if (rules->n_touched == TOUCHED_MAX) {
        rules->next_due_ms = 0;
        return;
    }
    agent->touched = true;
    rules->touched[rules->n_touched++] = id;
}

static void move(struct agent *agent, struct place *place)
{
    if (agent->place && agent->state == STATE_OFFLINE)
        agent->place->offline--;
    agent->place = place;
    if (agent->state == STATE_OFFLINE)
        place->offline++;
}

static void unsilence(struct rules *rules, struct place *place, int64_t mono_ms)
{
    place->silent = false;
    place->settled_ms = mono_ms + SITE_RETURN_MS;
    rules->places_touched = true;
    rules->next_due_ms = 0; /* those of it that are still offline stand for themselves now */
}

/* A silent site is heard again by any agent of it, and no longer silent when nobody is left who should be heard. */
static void hear(struct rules *rules, struct place *place, enum state state, int64_t mono_ms)
{
    bool heard = state == STATE_ONLINE || state == STATE_LATE || state == STATE_UPDATING;
    if (place->silent && (heard || !place->offline))
        unsilence(rules, place, mono_ms);
}

static void enter_state(
    struct rules *rules, struct agent *agent, enum state state, int64_t since_ms, const struct instant *now)
{
    bool was_offline = agent->state == STATE_OFFLINE;
    agent->state = (uint8_t)state;
    if (state == STATE_OFFLINE && !was_offline) {
        int64_t age_ms = now->wall_ms > since_ms ? now->wall_ms - since_ms : 0;
        agent->offline_at_ms = now->mono_ms - age_ms;
    }
    if (state == STATE_RETIRED)
        agent->cloned_until_ms = 0;
    if (!agent->place)
        return;
    agent->place->offline += (state == STATE_OFFLINE) - was_offline;
    if (state != STATE_OFFLINE)
        hear(rules, agent->place, state, now->mono_ms);
}

static int observe_agent(struct rules *rules, const struct observation *seen, const struct instant *now)
{
    struct agent *agent = known_agent(&rules->known, seen->agent);
    if (!agent)
        return -1;
    bool vague = !agent->place || !*agent->place->site;
    if (seen->tenant && (vague || seen->what == OBSERVED_ENROLLED)) {
        struct place *place = find_place(rules, seen->tenant, seen->site);
        if (!place)
            return -1;
        move(agent, place);
    }
    if (seen->what == OBSERVED_STATE)
        enter_state(rules, agent, seen->state, seen->time_ms, now);
    if (seen->what == OBSERVED_CLONE && agent->state != STATE_RETIRED) {
        int64_t age_ms = now->wall_ms > seen->time_ms ? now->wall_ms - seen->time_ms : 0;
        agent->cloned_until_ms = now->mono_ms + CLONE_QUIET_MS - age_ms;
    }
    if (seen->what == OBSERVED_FORKED || seen->what == OBSERVED_AGREED)
        agent->forked = seen->what == OBSERVED_FORKED;
    if (seen->what == OBSERVED_BROKEN)
        agent->broken_until_ms =
            now->mono_ms + BROKEN_SHOWN_MS - (now->wall_ms > seen->time_ms ? now->wall_ms - seen->time_ms : 0);
    touch(rules, seen->agent, agent);
    watches_touch(&rules->watches);
    return 0;
}

int rules_observe(struct rules *rules, const struct observation *seen, const struct instant *now)
{
    if (seen->what == OBSERVED_WATCH)
        return watches_level(&rules->watches, seen->agent, seen->watch, seen->level, seen->text);
    if (seen->what != OBSERVED_SILENT && seen->what != OBSERVED_RETURNED)
        return observe_agent(rules, seen, now);
    struct place *place = find_place(rules, seen->tenant, seen->site);
    if (!place)
        return -1;
    if (seen->what == OBSERVED_RETURNED && place->silent)
        unsilence(rules, place, now->mono_ms);
    if (seen->what == OBSERVED_SILENT)
        place->silent = rules->places_touched = true;
    return 0;
}

int rules_restore(
    struct rules *rules, enum kind kind, const char *subject, uint32_t agent_id, const char *tenant, const char *site)
{
    if (watches_kind_level(kind) != LEVEL_OK) {
        const char *name = strrchr(subject, '/');
        return name ? watches_restore(&rules->watches, agent_id, name + 1, watches_kind_level(kind)) : -1;
    }
    if (kind == KIND_AUDIT_SILENT) {
        rules->audit_open = true;
        return 0;
    }
    if (kind == KIND_SITE_SILENT) {
        struct place *place = tenant && site ? find_place(rules, tenant, site) : NULL;
        if (!place)
            return -1;
        place->silent_open = rules->places_touched = true;
        return 0;
    }
    struct agent *agent = known_agent(&rules->known, agent_id);
    if (!agent)
        return -1;
    if (kind == KIND_AGENT_OFFLINE)
        agent->offline_open = true;
    else if (kind == KIND_LOG_FORKED)
        agent->forked_open = true;
    else if (kind == KIND_CHAIN_BROKEN)
        agent->broken_open = true;
    else
        agent->cloned_open = true;
    rules->next_due_ms = 0;
    return 0;
}
