#include "services/alert/rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEVER INT64_MAX

void rules_open(struct rules *rules, uint32_t default_after_s, uint32_t audit_silent_s)
{
    *rules = (struct rules){
        .default_after_ms = (int64_t)default_after_s * 1000,
        .audit_silent_ms = (int64_t)audit_silent_s * 1000,
        .next_due_ms = NEVER,
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

static int64_t offline_after_ms(const struct rules *rules, const struct agent *agent)
{
    return agent->place ? agent->place->offline_after_ms : rules->default_after_ms;
}

/* The agents of a site that returned are heard one after another: none is due before all had the time. */
static int64_t due_at_ms(const struct rules *rules, const struct agent *agent)
{
    int64_t due_ms = agent->offline_at_ms + offline_after_ms(rules, agent);
    return agent->place && agent->place->settled_ms > due_ms ? agent->place->settled_ms : due_ms;
}

static void add(
    struct changes *ret, bool opened, enum kind kind, uint32_t id, const struct agent *agent, int64_t after_ms)
{
    struct change *change = &ret->items[ret->n++];
    *change = (struct change){
        .opened = opened,
        .kind = kind,
        .agent = id,
        .place = agent->place,
        .after_s = after_ms / 1000,
    };
    snprintf(change->subject, sizeof(change->subject), "agent/%" PRIu32, id);
}

/* What an agent says of the log and of its runs; who is retired says nothing any more. */
static void judge_histories(struct rules *rules, uint32_t id, struct agent *agent, int64_t mono_ms, struct changes *ret)
{
    bool forked = agent->forked && agent->state != STATE_RETIRED;
    bool broken = agent->broken_until_ms > mono_ms && agent->state != STATE_RETIRED;
    if (forked != agent->forked_open)
        add(ret, agent->forked_open = forked, KIND_LOG_FORKED, id, agent, 0);
    if (broken != agent->broken_open)
        add(ret, agent->broken_open = broken, KIND_CHAIN_BROKEN, id, agent, 0);
    if (broken && agent->broken_until_ms < rules->next_due_ms)
        rules->next_due_ms = agent->broken_until_ms;
}

/* An agent that was reported before its site fell silent stays reported; the others' alerts are folded into the
 * site's. */
static void judge_agent(struct rules *rules, uint32_t id, struct agent *agent, int64_t mono_ms, struct changes *ret)
{
    int64_t due_ms = due_at_ms(rules, agent);
    bool folded = agent->place && agent->place->silent;
    bool offline = agent->state == STATE_OFFLINE && (agent->offline_open || (!folded && mono_ms >= due_ms));
    bool cloned = agent->cloned_until_ms > mono_ms;
    if (offline != agent->offline_open)
        add(ret, agent->offline_open = offline, KIND_AGENT_OFFLINE, id, agent, offline_after_ms(rules, agent));
    if (cloned != agent->cloned_open)
        add(ret, agent->cloned_open = cloned, KIND_AGENT_CLONED, id, agent, 0);
    if (agent->state == STATE_OFFLINE && !offline && !folded && due_ms < rules->next_due_ms)
        rules->next_due_ms = due_ms;
    if (cloned && agent->cloned_until_ms < rules->next_due_ms)
        rules->next_due_ms = agent->cloned_until_ms;
    judge_histories(rules, id, agent, mono_ms, ret);
}

static bool is_full(const struct changes *changes)
{
    return changes->n + 4 > CHANGES_MAX; /* one agent can give four */
}

/* false: no room for all; they stay touched. */
static bool judge_touched(struct rules *rules, int64_t mono_ms, struct changes *ret)
{
    size_t done = 0;
    for (; done < rules->n_touched && !is_full(ret); done++) {
        uint32_t id = rules->touched[done];
        struct agent *agent = known_agent(&rules->known, id);
        agent->touched = false;
        judge_agent(rules, id, agent, mono_ms, ret);
    }
    rules->n_touched -= done;
    memmove(rules->touched, rules->touched + done, rules->n_touched * sizeof(*rules->touched));
    return !rules->n_touched;
}

static bool judge_places(struct rules *rules, struct changes *ret)
{
    for (size_t i = 0; i < rules->known.n_places && rules->places_touched; i++) {
        struct place *place = rules->known.places[i];
        if (place->silent == place->silent_open)
            continue;
        if (is_full(ret))
            return false;
        place->silent_open = place->silent;
        struct change *change = &ret->items[ret->n++];
        *change = (struct change){ .opened = place->silent, .kind = KIND_SITE_SILENT, .place = place };
        snprintf(change->subject, sizeof(change->subject), "site/%s/%s", place->tenant, place->site);
    }
    rules->places_touched = false;
    return true;
}

/* Everybody, when a deadline has come; it finds the next one on its way. 100,000 agents take about a millisecond. */
static bool judge_all(struct rules *rules, int64_t mono_ms, struct changes *ret)
{
    if (mono_ms < rules->next_due_ms)
        return true;
    rules->next_due_ms = NEVER;
    for (size_t page = 0; page < KNOWN_PAGES; page++) {
        struct agent *agents = rules->known.pages[page];
        for (uint32_t i = 0; agents && i < KNOWN_PAGE_AGENTS; i++) {
            if (is_full(ret)) {
                rules->next_due_ms = 0;
                return false;
            }
            judge_agent(rules, (uint32_t)page * KNOWN_PAGE_AGENTS + i, &agents[i], mono_ms, ret);
        }
    }
    return true;
}

/* In maintenance nothing is raised; who is retired has nothing left to raise. */
static bool is_quiet(void *arg, uint32_t id, bool *ret_gone)
{
    struct rules *rules = arg;
    const struct agent *agent = known_agent(&rules->known, id);
    *ret_gone = agent && agent->state == STATE_RETIRED;
    return agent && agent->state == STATE_MAINTENANCE;
}

static void add_watch(
    struct rules *rules, bool opened, enum level level, const struct watched *one, struct changes *ret)
{
    const struct agent *agent = known_agent(&rules->known, one->agent);
    struct change *change = &ret->items[ret->n++];
    *change = (struct change){
        .opened = opened,
        .kind = watches_kind(one->watch, level),
        .agent = one->agent,
        .place = agent ? agent->place : NULL,
        .text = one->text,
    };
    snprintf(change->subject, sizeof(change->subject), "agent/%" PRIu32 "/%s", one->agent, one->watch);
}

/* false: no room for all. */
static bool judge_watches(struct rules *rules, struct changes *ret)
{
    enum level resolve, open;
    while (!is_full(ret)) {
        const struct watched *one = watches_next(&rules->watches, is_quiet, rules, &resolve, &open);
        if (!one)
            return true;
        if (resolve != LEVEL_OK)
            add_watch(rules, false, resolve, one, ret);
        if (open != LEVEL_OK)
            add_watch(rules, true, open, one, ret);
    }
    return false;
}

bool rules_judge(struct rules *rules, int64_t mono_ms, struct changes *ret)
{
    ret->n = 0;
    /* Sites first: what they fold must not be raised. */
    return !(judge_places(rules, ret) && judge_touched(rules, mono_ms, ret) && judge_all(rules, mono_ms, ret) &&
             judge_watches(rules, ret));
}

void rules_judge_audit(struct rules *rules, bool takes, int64_t mono_ms, struct changes *ret)
{
    ret->n = 0;
    if (!takes)
        rules->audit_back_ms = 0;
    else if (!rules->audit_back_ms)
        rules->audit_back_ms = mono_ms;
    if (takes && mono_ms - rules->audit_back_ms >= AUDIT_STEADY_MS)
        rules->audit_gone_ms = 0;
    else if (!takes && !rules->audit_gone_ms)
        rules->audit_gone_ms = mono_ms;
    bool gone = rules->audit_gone_ms;
    bool silent = gone && (rules->audit_open || mono_ms - rules->audit_gone_ms >= rules->audit_silent_ms);
    if (silent == rules->audit_open)
        return;
    rules->audit_open = silent;
    struct change *change = &ret->items[ret->n++];
    *change = (struct change){ .opened = silent, .kind = KIND_AUDIT_SILENT };
    snprintf(change->subject, sizeof(change->subject), "service/audit");
}
