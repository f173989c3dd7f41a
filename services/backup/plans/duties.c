#include "services/backup/plans/duties.h"

#include <stdio.h>


static void add(struct records *records, const char *document, uint32_t agent, int64_t now_ms)
{
    records_run(records,
        "INSERT INTO duty (document, agent, dealt_ms, look_ms) VALUES (?, ?, ?, 0)"
        " ON CONFLICT (document, agent) DO UPDATE SET look_ms = 0",
        "sii", document, (int64_t)agent, now_ms);
}

struct resolving {
    struct records *records;
    const char *document;
    int64_t now_ms;
};

static void add_one(void *arg, uint32_t agent)
{
    const struct resolving *resolving = arg;
    add(resolving->records, resolving->document, agent, resolving->now_ms);
}

void duties_resolve(struct records *records, const struct plan *plan, int64_t now_ms)
{
    struct resolving resolving = { records, plan->body->head.document, now_ms };
    struct document_scope scope;
    char tenant[SITE_BYTES];
    uint32_t agent;
    document_scope(&plan->document, &scope);
    for (size_t i = 0; i < scope.n_targets; i++) {
        if (agents_by_fingerprint(records, scope.targets[i].fingerprint, &agent, tenant))
            add_one(&resolving, agent);
    }
    if (!scope.n_targets)
        agents_of(records, scope.tenant, scope.site, add_one, &resolving);
}

void duties_newcomer(struct records *records, const struct plans *plans, uint32_t number, int64_t now_ms)
{
    struct agent_known agent;
    if (!agents_get(records, number, &agent))
        return;
    for (size_t i = 0; i < plans->n; i++) {
        if (plan_is_for(plans->all[i], &agent))
            add(records, plans->all[i]->body->head.document, number, now_ms);
    }
}

void duties_forget(struct records *records, uint32_t agent)
{
    records_run(records, "DELETE FROM duty WHERE agent = ?", "i", (int64_t)agent);
}

static void read_row(struct db_rows *row, struct duty *ret)
{
    *ret = (struct duty){ .agent = (uint32_t)db_int(row, 1), .dealt_ms = db_int(row, 2), .look_ms = db_int(row, 3) };
    snprintf(ret->document, sizeof(ret->document), "%s", db_text(row, 0));
}

size_t duties_due(struct records *records, int64_t now_ms, struct duty *ret, size_t n)
{
    size_t found = 0;
    struct db_rows *rows = records_query(records,
        "SELECT document, agent, dealt_ms, look_ms FROM duty WHERE look_ms <= ? ORDER BY look_ms LIMIT ?", "ii", now_ms,
        (int64_t)n);
    while (db_next(rows))
        read_row(rows, &ret[found++]);
    records_finish(rows);
    return found;
}

void duties_dealt(struct records *records, const struct duty *duty)
{
    records_run(records, "UPDATE duty SET dealt_ms = ?, look_ms = ? WHERE document = ? AND agent = ?", "iisi",
        duty->dealt_ms, duty->look_ms, duty->document, (int64_t)duty->agent);
}

void duties_look(struct records *records, const char *document, uint32_t agent)
{
    records_run(
        records, "UPDATE duty SET look_ms = 0 WHERE document = ? AND agent = ?", "si", document, (int64_t)agent);
}

void duties_remove(struct records *records, const struct duty *duty)
{
    records_run(
        records, "DELETE FROM duty WHERE document = ? AND agent = ?", "si", duty->document, (int64_t)duty->agent);
}

void duties_list(struct records *records, const char *document, uint32_t agent, duties_each *each, void *arg)
{
    struct db_rows *rows = records_query(records,
        "SELECT document, agent, dealt_ms, look_ms FROM duty WHERE (?1 IS NULL OR document = ?1)"
        " AND (?2 = 0 OR agent = ?2) ORDER BY document, agent",
        "si", document, (int64_t)agent);
    while (db_next(rows)) {
        struct duty duty;
        read_row(rows, &duty);
        each(arg, &duty);
    }
    records_finish(rows);
}
