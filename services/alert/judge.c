/* From what is known to what should be open. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "services/alert/rules.h"

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
    rules->next_due_ms = RULES_NEVER_MS;
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
