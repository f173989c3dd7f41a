#include "services/alert/records_internal.h"

#include <stdio.h>
#include <stdlib.h>

static const char schema[] =
#include "schema.inc"
    ;

void records_fail(const struct problem *problem)
{
    log_problem(LOG_LEVEL_ERROR, "alert.records_failed", problem);
    exit(1);
}

struct records *records_open(const char *path, struct problem *problem)
{
    struct records *records = calloc(1, sizeof(*records));
    if (!records) {
        problem_set(problem, "no-memory", path, "no memory");
        return NULL;
    }
    records->db = db_open(path, schema, problem);
    if (!records->db) {
        free(records);
        return NULL;
    }
    return records;
}

void records_close(struct records *records)
{
    if (!records)
        return;
    records_commit(records);
    db_close(records->db);
    free(records);
}

struct db *records_write(struct records *records)
{
    struct problem problem;
    if (!records->writing && db_begin(records->db, &problem))
        records_fail(&problem);
    records->writing = true;
    return records->db;
}

void records_commit(struct records *records)
{
    struct problem problem;
    if (records->writing && db_commit(records->db, &problem))
        records_fail(&problem);
    records->writing = false;
}

struct db_rows *records_checked(struct db_rows *rows, const struct problem *problem)
{
    if (!rows)
        records_fail(problem);
    return rows;
}

void records_finish(struct db_rows *rows)
{
    const struct problem problem = { .code = "db", .reason = "a query of alert.db failed" };
    if (db_rows_free(rows))
        records_fail(&problem);
}

uint64_t records_cursor(struct records *records, enum class class)
{
    struct problem problem;
    struct db_rows *rows = records_checked(
        db_query(records->db, &problem, "SELECT next FROM cursor WHERE class = ?", "s", class_words[class]), &problem);
    uint64_t next = db_next(rows) ? (uint64_t)db_int(rows, 0) : 0;
    records_finish(rows);
    return next;
}

void records_set_cursor(struct records *records, enum class class, uint64_t next)
{
    struct problem problem;
    if (db_run(records_write(records), &problem, "INSERT OR REPLACE INTO cursor (class, next) VALUES (?, ?)", "si",
            class_words[class], (int64_t)next) < 0)
        records_fail(&problem);
}

/* Only those that are not well. */
static int observe_watch(struct db *db, const struct observation *seen, struct problem *problem)
{
    if (seen->level == LEVEL_OK)
        return db_run(
            db, problem, "DELETE FROM watch WHERE agent = ? AND watch = ?", "is", (int64_t)seen->agent, seen->watch);
    return db_run(db, problem, "INSERT OR REPLACE INTO watch (agent, watch, level, text) VALUES (?, ?, ?, ?)", "isss",
        (int64_t)seen->agent, seen->watch, level_words[seen->level], seen->text);
}

static int observe_agent(struct db *db, const struct observation *seen, struct problem *problem)
{
    switch (seen->what) {
    case OBSERVED_ENROLLED:
        return db_run(db, problem,
            "INSERT INTO agent (agent, tenant, site, state, since_ms) VALUES (?, ?, ?, 'never', ?)"
            " ON CONFLICT (agent) DO UPDATE SET tenant = excluded.tenant, site = excluded.site",
            "issi", (int64_t)seen->agent, seen->tenant, seen->site, seen->time_ms);
    case OBSERVED_STATE:
        return db_run(db, problem,
            "INSERT INTO agent (agent, tenant, site, state, since_ms) VALUES (?, ?, ?, ?, ?) ON CONFLICT (agent) DO "
            "UPDATE"
            " SET tenant = ifnull(tenant, excluded.tenant), site = ifnull(site, excluded.site), state = excluded.state,"
            " since_ms = excluded.since_ms",
            "isssi", (int64_t)seen->agent, seen->tenant, seen->site, state_words[seen->state], seen->time_ms);
    case OBSERVED_CLONE:
        return db_run(db, problem,
            "INSERT INTO agent (agent, tenant, state, since_ms, cloned_ms) VALUES (?, ?, 'never', ?3, ?3)"
            " ON CONFLICT (agent) DO UPDATE SET cloned_ms = excluded.cloned_ms",
            "isi", (int64_t)seen->agent, seen->tenant, seen->time_ms);
    case OBSERVED_FORKED:
    case OBSERVED_AGREED:
        return db_run(db, problem,
            "INSERT INTO agent (agent, tenant, state, since_ms, forked) VALUES (?, ?, 'never', ?, ?)"
            " ON CONFLICT (agent) DO UPDATE SET forked = excluded.forked",
            "isii", (int64_t)seen->agent, seen->tenant, seen->time_ms, (int64_t)(seen->what == OBSERVED_FORKED));
    case OBSERVED_BROKEN:
        return db_run(db, problem,
            "INSERT INTO agent (agent, tenant, state, since_ms, broken_ms) VALUES (?, ?, 'never', ?3, ?3)"
            " ON CONFLICT (agent) DO UPDATE SET broken_ms = excluded.broken_ms",
            "isi", (int64_t)seen->agent, seen->tenant, seen->time_ms);
    case OBSERVED_SILENT:
        return db_run(db, problem, "INSERT OR IGNORE INTO silent_site (tenant, site) VALUES (?, ?)", "ss", seen->tenant,
            seen->site);
    case OBSERVED_RETURNED:
        return db_run(
            db, problem, "DELETE FROM silent_site WHERE tenant = ? AND site = ?", "ss", seen->tenant, seen->site);
    case OBSERVED_WATCH:
        return observe_watch(db, seen, problem);
    }
    return -1;
}

void records_observe(struct records *records, const struct observation *seen)
{
    struct problem problem;
    if (observe_agent(records_write(records), seen, &problem) < 0)
        records_fail(&problem);
}

void records_limit(struct records *records, const char *tenant, uint32_t after_s)
{
    struct problem problem;
    if (db_run(records_write(records), &problem, "INSERT OR REPLACE INTO rule (tenant, offline_after_s) VALUES (?, ?)",
            "si", tenant, (int64_t)after_s) < 0)
        records_fail(&problem);
}

void records_each_limit(struct records *records, const char *tenant,
    void (*each)(void *arg, const char *tenant, uint32_t after_s), void *arg)
{
    struct problem problem;
    struct db_rows *rows = records_checked(
        db_query(records->db, &problem,
            "SELECT tenant, offline_after_s FROM rule WHERE ?1 IS NULL OR tenant = ?1 ORDER BY tenant", "s", tenant),
        &problem);
    while (db_next(rows))
        each(arg, db_text(rows, 0), (uint32_t)db_int(rows, 1));
    records_finish(rows);
}

static int add_limits(struct records *records, struct rules *rules, struct problem *problem)
{
    int error = 0;
    struct db_rows *rows = db_query(records->db, problem, "SELECT tenant, offline_after_s FROM rule", "");
    while (rows && !error && db_next(rows))
        error = rules_limit(rules, db_text(rows, 0), (uint32_t)db_int(rows, 1));
    return db_rows_free(rows) || error ? -1 : 0;
}

/* A row of `agent` is what its events said, one after another. */
static int add_agent(struct db_rows *row, struct rules *rules, const struct instant *now)
{
    struct observation seen = {
        .what = OBSERVED_ENROLLED,
        .agent = (uint32_t)db_int(row, 0),
        .tenant = db_text(row, 1),
        .site = db_text(row, 2),
        .time_ms = db_int(row, 4),
    };
    int error = rules_observe(rules, &seen, now);
    seen.what = OBSERVED_STATE;
    seen.state = (enum state)word_index(state_words, db_text(row, 3));
    error = error || rules_observe(rules, &seen, now);
    seen.what = OBSERVED_CLONE;
    seen.time_ms = db_int(row, 5);
    error = error || (seen.time_ms && rules_observe(rules, &seen, now));
    seen.what = OBSERVED_FORKED;
    error = error || (db_int(row, 6) && rules_observe(rules, &seen, now));
    seen.what = OBSERVED_BROKEN;
    seen.time_ms = db_int(row, 7);
    return error || (seen.time_ms && rules_observe(rules, &seen, now)) ? -1 : 0;
}

static int add_agents(struct records *records, struct rules *rules, const struct instant *now, struct problem *problem)
{
    int error = 0;
    struct db_rows *rows = db_query(records->db, problem,
        "SELECT agent, tenant, site, state, since_ms, cloned_ms, forked, broken_ms FROM agent", "");
    while (rows && !error && db_next(rows))
        error = add_agent(rows, rules, now);
    return db_rows_free(rows) || error ? -1 : 0;
}

/* One that was heard since is silent no more, even if the log does not say so. */
static int add_silent_sites(
    struct records *records, struct rules *rules, const struct instant *now, struct problem *problem)
{
    int error = 0;
    struct db_rows *rows = db_query(records->db, problem,
        "SELECT tenant, site FROM silent_site AS s WHERE NOT EXISTS (SELECT 1 FROM agent AS a WHERE a.tenant = s.tenant"
        " AND a.site = s.site AND a.state IN ('online', 'late', 'updating'))",
        "");
    while (rows && !error && db_next(rows)) {
        const struct observation seen = {
            .what = OBSERVED_SILENT, .tenant = db_text(rows, 0), .site = db_text(rows, 1)
        };
        error = rules_observe(rules, &seen, now);
    }
    return db_rows_free(rows) || error ? -1 : 0;
}

static int add_watches(struct records *records, struct rules *rules, const struct instant *now, struct problem *problem)
{
    int error = 0;
    struct db_rows *rows = db_query(records->db, problem,
        "SELECT w.agent, watch, level, text FROM watch AS w LEFT JOIN agent AS a ON a.agent = w.agent"
        " WHERE a.state IS NOT 'retired'",
        "");
    while (rows && !error && db_next(rows)) {
        struct observation seen = {
            .what = OBSERVED_WATCH,
            .agent = (uint32_t)db_int(rows, 0),
            .watch = db_text(rows, 1),
            .level = (enum level)word_index(level_words, db_text(rows, 2)),
        };
        snprintf(seen.text, sizeof(seen.text), "%s", db_text(rows, 3));
        error = rules_observe(rules, &seen, now);
    }
    return db_rows_free(rows) || error ? -1 : 0;
}

static int add_open(struct records *records, struct rules *rules, struct problem *problem)
{
    int error = 0;
    struct db_rows *rows = db_query(
        records->db, problem, "SELECT kind, subject, agent, tenant, site FROM alert WHERE resolved_ms IS NULL", "");
    while (rows && !error && db_next(rows))
        error = rules_restore(rules, (enum kind)word_index(kind_words, db_text(rows, 0)), db_text(rows, 1),
            (uint32_t)db_int(rows, 2), db_text(rows, 3), db_text(rows, 4));
    return db_rows_free(rows) || error ? -1 : 0;
}

int records_load(struct records *records, struct rules *rules, const struct instant *now, struct problem *problem)
{
    problem_set(problem, "db", "alert.db", "what alert.db holds is beyond the limits of this program");
    return add_limits(records, rules, problem) || add_agents(records, rules, now, problem) ||
                   add_silent_sites(records, rules, now, problem) || add_watches(records, rules, now, problem) ||
                   add_open(records, rules, problem)
               ? -1
               : 0;
}
