#include "lib/exchange/agents.h"

#include <stdio.h>
#include <string.h>

#include "lib/problem.h"

int agents_note(struct records *records, const struct call_agent_keys_reply_row *row)
{
    struct problem problem;
    struct agent_known known;
    bool was = agents_get(records, row->agent, &known);
    records_ran(db_run(records_write(records), &problem,
                    "INSERT OR REPLACE INTO agent (agent, fingerprint, sign_key, seal_key, tenant, site, name)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    "issssss", (int64_t)row->agent, row->fingerprint, row->sign_key, row->seal_key, row->tenant,
                    row->site, row->name),
        &problem);
    return !was || strcmp(known.tenant, row->tenant) || strcmp(known.site, row->site);
}

void agents_rename(struct records *records, uint32_t agent, const char *name)
{
    struct problem problem;
    records_ran(db_run(records_write(records), &problem, "UPDATE agent SET name = ? WHERE agent = ?", "si", name,
                    (int64_t)agent),
        &problem);
}

void agents_forget(struct records *records, uint32_t agent)
{
    struct problem problem;
    records_ran(
        db_run(records_write(records), &problem, "DELETE FROM agent WHERE agent = ?", "i", (int64_t)agent), &problem);
}

bool agents_get(struct records *records, uint32_t agent, struct agent_known *ret)
{
    struct problem problem;
    struct db_rows *rows = records_checked(db_query(records_db(records), &problem,
                                               "SELECT fingerprint, sign_key, seal_key, tenant, site, name FROM agent"
                                               " WHERE agent = ?",
                                               "i", (int64_t)agent),
        &problem);
    bool found = db_next(rows);
    if (found) {
        ret->agent = agent;
        snprintf(ret->fingerprint, sizeof(ret->fingerprint), "%s", db_text(rows, 0));
        snprintf(ret->sign_key, sizeof(ret->sign_key), "%s", db_text(rows, 1));
        snprintf(ret->seal_key, sizeof(ret->seal_key), "%s", db_text(rows, 2));
        snprintf(ret->tenant, sizeof(ret->tenant), "%s", db_text(rows, 3));
        snprintf(ret->site, sizeof(ret->site), "%s", db_text(rows, 4));
        snprintf(ret->name, sizeof(ret->name), "%s", db_text(rows, 5));
    }
    records_finish(rows);
    return found;
}

bool agents_by_fingerprint(struct records *records, const char *fingerprint, uint32_t *ret, char ret_tenant[SITE_BYTES])
{
    struct problem problem;
    struct db_rows *rows =
        records_checked(db_query(records_db(records), &problem, "SELECT agent, tenant FROM agent WHERE fingerprint = ?",
                            "s", fingerprint),
            &problem);
    bool found = db_next(rows);
    if (found) {
        *ret = (uint32_t)db_int(rows, 0);
        snprintf(ret_tenant, SITE_BYTES, "%s", db_text(rows, 1));
    }
    records_finish(rows);
    return found;
}

void agents_of(struct records *records, const char *tenant, const char *site, agents_each *each, void *arg)
{
    struct problem problem;
    struct db_rows *rows = records_checked(
        db_query(records_db(records), &problem,
            "SELECT agent FROM agent WHERE (?1 IS NULL OR tenant = ?1) AND (?2 IS NULL OR site = ?2) ORDER BY agent",
            "ss", tenant, site),
        &problem);
    while (db_next(rows))
        each(arg, (uint32_t)db_int(rows, 0));
    records_finish(rows);
}
