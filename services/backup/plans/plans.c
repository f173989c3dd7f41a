#include "services/backup/plans/plans.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/problem.h"
#include "services/backup/plans/trusted.h"

static void plan_free(struct plan *plan)
{
    if (plan)
        document_free(&plan->document);
    free(plan);
}

static size_t index_of(const struct plans *plans, const char *document)
{
    for (size_t i = 0; i < plans->n; i++) {
        if (!strcmp(plans->all[i]->body->head.document, document))
            return i;
    }
    return SIZE_MAX;
}

const struct plan *plans_find(const struct plans *plans, const char *document)
{
    size_t i = index_of(plans, document);
    return i == SIZE_MAX ? NULL : plans->all[i];
}

/* Takes the document, unless it fails. */
static int add(struct plans *plans, struct document *document, int64_t kept_ms, struct problem *problem)
{
    const struct document_backup_plan *body = &document->body.backup_plan;
    const struct zone *zone;
    size_t place = index_of(plans, body->head.document);
    if (zones_find(&plans->zones, body->zone, &zone, problem))
        return -1;
    if (!zone)
        return problem_set(
            problem, "bad-zone", "zone", "there is no zone %.60s here, or there are too many", body->zone);
    if (place == SIZE_MAX && plans->n == PLANS_MAX)
        return problem_set(problem, "too-many", "", "there are %d plans already", PLANS_MAX);
    struct plan *plan = calloc(1, sizeof(*plan));
    if (!plan || timetable_of(body, zone, &plan->table, problem)) {
        free(plan);
        return plan ? -1 : problem_set(problem, "no-memory", "", "no memory for a plan");
    }
    plan->document = *document;
    plan->body = &plan->document.body.backup_plan;
    plan->kept_ms = kept_ms;
    if (place == SIZE_MAX)
        place = plans->n++;
    else
        plan_free(plans->all[place]);
    plans->all[place] = plan;
    return 0;
}

/* It was verified when it was stored. */
static int read_stored(struct plans *plans, struct db_rows *row, struct problem *problem)
{
    struct document document;
    if (document_open(db_text(row, 0), &document, problem))
        return -1;
    int error = add(plans, &document, db_int(row, 1), problem);
    if (error)
        document_free(&document);
    return error;
}

int plans_open(struct plans *plans, struct records *records, struct problem *problem)
{
    int error = 0;
    *plans = (struct plans){ .records = records };
    struct db_rows *rows = 
        records_query(records, "SELECT dsse, kept_ms FROM plan ORDER BY kept_ms, document", "");
    while (!error && db_next(rows))
        error = read_stored(plans, rows, problem);
    records_finish(rows);
    return error;
}

void plans_close(struct plans *plans)
{
    for (size_t i = 0; i < plans->n; i++)
        plan_free(plans->all[i]);
    plans->n = 0;
    zones_free(&plans->zones);
}

int plans_keep(
    struct plans *plans, struct document *document, const char *dsse, int64_t now_ms, struct problem *problem)
{
    const struct document_backup_plan *body = &document->body.backup_plan;
    if (add(plans, document, now_ms, problem))
        return -1;
    records_run(plans->records, "INSERT OR REPLACE INTO plan (document, version, dsse, kept_ms) VALUES (?, ?, ?, ?)",
        "sisi", body->head.document, (int64_t)body->head.version, dsse, now_ms);
    log_info("plan.kept", LOG_TEXT("document", body->head.document), LOG_INT("version", body->head.version));
    return 0;
}

void plans_end(struct plans *plans, const char *document)
{
    char name[BACKUP_BYTES];
    size_t place = index_of(plans, document);
    if (place == SIZE_MAX)
        return;
    memcpy(name, plans->all[place]->body->head.document, sizeof(name));
    log_info("plan.ended", LOG_TEXT("document", name));
    plan_free(plans->all[place]);
    memmove(&plans->all[place], &plans->all[place + 1], (--plans->n - place) * sizeof(plans->all[0]));
    records_run(plans->records, "DELETE FROM plan WHERE document = ?", "s", name);
    records_run(plans->records, "DELETE FROM duty WHERE document = ?", "s", name);
}

static bool holds(struct plans *plans, const struct trusted *trusted, const char *document)
{
    struct problem problem;
    struct document read;
    struct db_rows *rows = records_query(plans->records, "SELECT dsse FROM plan WHERE document = ?", "s", document);
    bool good =
        db_next(rows) && !trusted_document(trusted, DOCUMENT_KIND_BACKUP_PLAN, db_text(rows, 0), &read, &problem);
    if (good)
        document_free(&read);
    else
        log_problem(LOG_LEVEL_WARNING, "plan.holds-no-more", &problem);
    records_finish(rows);
    return good;
}

const struct plan *plans_unverified(struct plans *plans, const struct trusted *trusted)
{
    for (size_t i = 0; i < plans->n; i++) {
        if (!holds(plans, trusted, plans->all[i]->body->head.document))
            return plans->all[i];
    }
    return NULL;
}

bool plan_is_for(const struct plan *plan, const struct agent_known *agent)
{
    return document_is_for(&plan->document, agent->fingerprint, agent->tenant, agent->site);
}
