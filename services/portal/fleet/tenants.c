/* Tenants and their sites: names in portal.db. `default` with the site `main` is there from the start. */
#include <stdlib.h>
#include <string.h>

#include "lib/bus/bus.h"
#include "lib/db.h"
#include "services/portal/portal.h"

#define TENANTS_MAX 10000
#define SITES_MAX 100000
#define SITES_TENANT_MAX 10000 /* its own administrator may add them: no one tenant takes all */

/* An insert's outcome as the call's answer; field: what stands there already, most: why there is no more. */
static bool stored(
    struct bus_request *request, int changed, const char *field, const char *most, struct problem *problem)
{
    if (changed == 1)
        return true;
    if (changed == 0)
        problem_set(problem, "too-many", field, "%s", most);
    else if (!strcmp(problem->code, "constraint"))
        problem_set(problem, "exists", field, "there is one of this name already");
    bus_refuse(request, problem);
    return false;
}

void serve_tenant_add(struct bus_request *request, const struct call_tenant_add *in)
{
    struct problem problem;
    const struct call_tenant_add_reply reply = { 0 };
    int changed = db_run(portal_of(request)->db, &problem,
        "INSERT INTO tenants SELECT ? WHERE (SELECT count(*) FROM tenants) < ?", "si", in->tenant,
        (int64_t)TENANTS_MAX);
    if (stored(request, changed, "tenant", "there are 10,000 tenants already", &problem))
        answer_tenant_add(request, &reply);
}

void serve_site_add(struct bus_request *request, const struct call_site_add *in)
{
    struct problem problem;
    const struct call_site_add_reply reply = { 0 };
    struct db *db = portal_of(request)->db;
    struct db_rows *rows = db_query(db, &problem, "SELECT 1 FROM tenants WHERE tenant = ?", "s", in->tenant);
    bool known = rows && db_next(rows);
    if (rows && db_rows_free(rows) == 0 && !known)
        problem_set(&problem, "not-found", "tenant", "there is no such tenant");
    if (!known) {
        bus_refuse(request, &problem);
        return;
    }
    int changed = db_run(db, &problem,
        "INSERT INTO sites SELECT ?1, ?2 WHERE (SELECT count(*) FROM sites) < ?3"
        " AND (SELECT count(*) FROM sites WHERE tenant = ?1) < ?4",
        "ssii", in->tenant, in->site, (int64_t)SITES_MAX, (int64_t)SITES_TENANT_MAX);
    if (stored(request, changed, "site", "there are 10,000 sites of this tenant, or 100,000 in all, already", &problem))
        answer_site_add(request, &reply);
}

void serve_tenant_list(struct bus_request *request, const struct call_tenant_list *in)
{
    (void)in;
    struct problem problem;
    problem_set(&problem, "no-memory", "", "out of memory");
    struct call_tenant_list_reply reply = { .rows = calloc(TENANTS_MAX, sizeof(*reply.rows)) };
    struct db_rows *rows = db_query(portal_of(request)->db, &problem, "SELECT tenant FROM tenants ORDER BY tenant", "");
    while (rows && reply.rows && reply.n_rows < TENANTS_MAX && db_next(rows))
        reply.rows[reply.n_rows++].tenant = strdup(db_text(rows, 0));
    if (rows && db_rows_free(rows) == 0 && reply.rows)
        answer_tenant_list(request, &reply);
    else
        bus_refuse(request, &problem);
    for (size_t i = 0; i < reply.n_rows; i++)
        free((void *)reply.rows[i].tenant);
    free(reply.rows);
}

void serve_site_list(struct bus_request *request, const struct call_site_list *in)
{
    struct problem problem;
    problem_set(&problem, "no-memory", "", "out of memory");
    struct call_site_list_reply reply = { .rows = calloc(SITES_MAX, sizeof(*reply.rows)) };
    struct db_rows *rows = db_query(portal_of(request)->db, &problem,
        "SELECT tenant, site FROM sites WHERE ?1 IS NULL OR tenant = ?1 ORDER BY tenant, site", "s", in->tenant);
    while (rows && reply.rows && reply.n_rows < SITES_MAX && db_next(rows)) {
        struct call_site_list_reply_row *row = &reply.rows[reply.n_rows++];
        row->tenant = strdup(db_text(rows, 0));
        row->site = strdup(db_text(rows, 1));
    }
    if (rows && db_rows_free(rows) == 0 && reply.rows)
        answer_site_list(request, &reply);
    else
        bus_refuse(request, &problem);
    for (size_t i = 0; i < reply.n_rows; i++) {
        free((void *)reply.rows[i].tenant);
        free((void *)reply.rows[i].site);
    }
    free(reply.rows);
}
