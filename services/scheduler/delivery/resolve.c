#include "services/scheduler/delivery/resolve.h"

#include "lib/clock.h"
#include "lib/exchange/agents.h"
#include "lib/log.h"
#include "lib/signed/document.h"
#include "services/scheduler/delivery/deliveries.h"
#include "services/scheduler/documents/documents.h"
#include "services/scheduler/runs/runs.h"
#include "services/scheduler/scheduler.h"

#define DOCUMENTS_A_TURN 4
#define STANDING_MAX 1000 /* documents in force that a new agent gets */

struct resolving {
    struct scheduler *scheduler;
    const struct paper *paper;
    struct rollout rollout;
    size_t index;
    unsigned unknown;
    int64_t now_ms;
};

/* What comes to an end on each agent, so that it is waited for. */
static bool is_done_once(const struct paper *paper)
{
    return (paper->kind == DOCUMENT_KIND_TASK && !paper->recurring) || paper->kind == DOCUMENT_KIND_UPDATE ||
           paper->kind == DOCUMENT_KIND_RESTORE || paper->kind == DOCUMENT_KIND_MOVE ||
           paper->kind == DOCUMENT_KIND_SETTING;
}

static void add(void *arg, uint32_t agent)
{
    struct resolving *resolving = arg;
    struct records *records = resolving->scheduler->records;
    const struct paper *paper = resolving->paper;
    uint32_t ring = rollout_ring(&resolving->rollout, resolving->index++);
    deliveries_add(records, paper->number, agent, ring, DELIVERY_DOCUMENT, ring > 0);
    if (is_done_once(paper))
        runs_add(records, paper->number, agent, 0, ring, resolving->now_ms);
}

static void add_targets(struct resolving *resolving, const struct document_scope *scope)
{
    struct records *records = resolving->scheduler->records;
    char tenant[SITE_BYTES];
    uint32_t agent;
    for (size_t i = 0; i < scope->n_targets; i++) {
        if (agents_by_fingerprint(records, scope->targets[i].fingerprint, &agent, tenant))
            add(resolving, agent);
        else
            resolving->unknown++;
    }
    if (!scope->n_targets)
        agents_of(records, scope->tenant, scope->site, add, resolving);
}

static bool all_known(struct scheduler *scheduler, const struct document_scope *scope)
{
    char tenant[SITE_BYTES];
    uint32_t agent;
    for (size_t i = 0; i < scope->n_targets; i++) {
        if (!agents_by_fingerprint(scheduler->records, scope->targets[i].fingerprint, &agent, tenant))
            return false;
    }
    return true;
}

static struct rollout rollout_of(const struct document *document)
{
    const struct document_rollout *rollout = NULL;
    if (document->body.head.kind == DOCUMENT_KIND_TASK)
        rollout = document->body.task.rollout;
    else if (document->body.head.kind == DOCUMENT_KIND_UPDATE)
        rollout = document->body.update.rollout;
    return rollout ? (struct rollout){ rollout->canary, rollout->ring, rollout->stop_failures } : (struct rollout){ 0 };
}

/* What was stored has been parsed before: it fails only for want of memory. */
static void read_stored(const char *dsse, struct document *ret)
{
    struct problem problem;
    if (document_open(dsse, ret, &problem))
        records_fail(&problem);
}

/* The version before this one goes no further. */
static void replace_older(struct scheduler *scheduler, const struct paper *paper)
{
    struct paper older;
    int series = documents_series(paper->kind);
    for (uint32_t version = paper->version; version > 1 && version + 8 > paper->version; version--) {
        if (!documents_find(scheduler->records, paper->document, series, version - 1, &older) ||
            older.state == DOCUMENT_STATE_REPLACED)
            continue;
        deliveries_withdraw(scheduler->records, older.number);
        runs_end_unsent(scheduler->records, older.number, RUN_STATE_CANCELLED, clock_wall_ms());
        documents_state(scheduler->records, older.number, DOCUMENT_STATE_REPLACED);
    }
}

/* false: it has to wait for the roster. */
static bool resolve(struct scheduler *scheduler, const struct paper *paper, const struct document *document)
{
    struct resolving resolving = {
        .scheduler = scheduler,
        .paper = paper,
        .rollout = rollout_of(document),
        .now_ms = clock_wall_ms(),
    };
    struct document_scope scope;
    document_scope(document, &scope);
    if (!all_known(scheduler, &scope) && !roster_is_fresh(&scheduler->roster)) {
        roster_refresh(&scheduler->roster);
        return false;
    }
    replace_older(scheduler, paper);
    add_targets(&resolving, &scope);
    if (paper->kind == DOCUMENT_KIND_FREEZE || paper->kind == DOCUMENT_KIND_REVOCATION)
        deliveries_first(scheduler->records, paper->number);
    documents_resolved(scheduler->records, paper->number);
    log_info("document.resolved", LOG_TEXT("document", paper->document), LOG_INT("version", paper->version),
        LOG_INT("agents", resolving.index), LOG_INT("unknown", resolving.unknown));
    return true;
}

static bool resolve_number(struct scheduler *scheduler, int64_t number)
{
    struct paper paper;
    struct paper_texts texts;
    struct document document;
    if (!documents_get(scheduler->records, number, &paper))
        return true;
    documents_texts(scheduler->records, number, &texts);
    read_stored(texts.dsse, &document);
    bool done = resolve(scheduler, &paper, &document);
    document_free(&document);
    documents_texts_free(&texts);
    return done;
}

void resolve_turn(struct scheduler *scheduler)
{
    int64_t numbers[DOCUMENTS_A_TURN];
    size_t n = documents_unresolved(scheduler->records, clock_wall_ms(), numbers, DOCUMENTS_A_TURN);
    bool more = n == DOCUMENTS_A_TURN;
    for (size_t i = 0; i < n; i++)
        more = resolve_number(scheduler, numbers[i]) && more;
    if (more)
        scheduler_look(scheduler);
}

/* What is done once, for all of a place, is for those who were there when it was given; settings are for all. */
static bool is_for_newcomer(const struct paper *paper, const struct document *document, const struct agent_known *agent)
{
    struct document_scope scope;
    document_scope(document, &scope);
    if (is_done_once(paper) && paper->kind != DOCUMENT_KIND_SETTING && !scope.n_targets)
        return false;
    return document_is_for(document, agent->fingerprint, agent->tenant, agent->site);
}

static void offer(struct scheduler *scheduler, int64_t number, const struct agent_known *agent)
{
    struct paper paper;
    struct paper_texts texts;
    struct document document;
    if (!documents_get(scheduler->records, number, &paper))
        return;
    documents_texts(scheduler->records, number, &texts);
    read_stored(texts.dsse, &document);
    struct resolving resolving = { .scheduler = scheduler, .paper = &paper, .now_ms = clock_wall_ms() };
    if (is_for_newcomer(&paper, &document, agent))
        add(&resolving, agent->agent);
    document_free(&document);
    documents_texts_free(&texts);
}

void resolve_newcomer(struct scheduler *scheduler, uint32_t agent)
{
    int64_t numbers[STANDING_MAX];
    struct agent_known known;
    if (!agents_get(scheduler->records, agent, &known))
        return;
    size_t n = documents_in_force(scheduler->records, clock_wall_ms(), numbers, STANDING_MAX);
    for (size_t i = 0; i < n; i++)
        offer(scheduler, numbers[i], &known);
    if (n)
        scheduler_look(scheduler);
}
