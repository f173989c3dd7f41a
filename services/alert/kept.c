#include "services/alert/kept.h"

#include <stdio.h>

#include "lib/message/message.h"
#include "lib/problem.h"

uint64_t kept_cursor(struct records *records, enum class class)
{
    return (uint64_t)records_number(
        records_query(records, "SELECT next FROM cursor WHERE class = ?", "s", class_words[class]));
}

void kept_set_cursor(struct records *records, enum class class, uint64_t next)
{
    records_run(
        records, "INSERT OR REPLACE INTO cursor (class, next) VALUES (?, ?)", "si", class_words[class], (int64_t)next);
}

/* Only those that are not well. */
static void observe_watch(struct records *records, const struct observation *seen)
{
    if (seen->level == LEVEL_OK)
        records_run(
            records, "DELETE FROM watch WHERE agent = ? AND watch = ?", "is", (int64_t)seen->agent, seen->watch);
    else
        records_run(records, "INSERT OR REPLACE INTO watch (agent, watch, level, text) VALUES (?, ?, ?, ?)", "isss",
            (int64_t)seen->agent, seen->watch, level_words[seen->level], seen->text);
}

void kept_observe(struct records *records, const struct observation *seen)
{
    switch (seen->what) {
    case OBSERVED_ENROLLED:
        records_run(records,
            "INSERT INTO agent (agent, tenant, site, state, since_ms) VALUES (?, ?, ?, 'never', ?)"
            " ON CONFLICT (agent) DO UPDATE SET tenant = excluded.tenant, site = excluded.site",
            "issi", (int64_t)seen->agent, seen->tenant, seen->site, seen->time_ms);
        break;
    case OBSERVED_STATE:
        records_run(records,
            "INSERT INTO agent (agent, tenant, site, state, since_ms) VALUES (?, ?, ?, ?, ?) ON CONFLICT (agent)"
            " DO UPDATE SET tenant = ifnull(tenant, excluded.tenant), site = ifnull(site, excluded.site),"
            " state = excluded.state, since_ms = excluded.since_ms",
            "isssi", (int64_t)seen->agent, seen->tenant, seen->site, state_words[seen->state], seen->time_ms);
        break;
    case OBSERVED_CLONE:
        records_run(records,
            "INSERT INTO agent (agent, tenant, state, since_ms, cloned_ms) VALUES (?, ?, 'never', ?3, ?3)"
            " ON CONFLICT (agent) DO UPDATE SET cloned_ms = excluded.cloned_ms",
            "isi", (int64_t)seen->agent, seen->tenant, seen->time_ms);
        break;
    case OBSERVED_FORKED:
    case OBSERVED_AGREED:
        records_run(records,
            "INSERT INTO agent (agent, tenant, state, since_ms, forked) VALUES (?, ?, 'never', ?, ?)"
            " ON CONFLICT (agent) DO UPDATE SET forked = excluded.forked",
            "isii", (int64_t)seen->agent, seen->tenant, seen->time_ms, (int64_t)(seen->what == OBSERVED_FORKED));
        break;
    case OBSERVED_BROKEN:
        records_run(records,
            "INSERT INTO agent (agent, tenant, state, since_ms, broken_ms) VALUES (?, ?, 'never', ?3, ?3)"
            " ON CONFLICT (agent) DO UPDATE SET broken_ms = excluded.broken_ms",
            "isi", (int64_t)seen->agent, seen->tenant, seen->time_ms);
        break;
    case OBSERVED_SILENT:
        records_run(
            records, "INSERT OR IGNORE INTO silent_site (tenant, site) VALUES (?, ?)", "ss", seen->tenant, seen->site);
        break;
    case OBSERVED_RETURNED:
        records_run(records, "DELETE FROM silent_site WHERE tenant = ? AND site = ?", "ss", seen->tenant, seen->site);
        break;
    case OBSERVED_WATCH:
        observe_watch(records, seen);
        break;
    }
}

void kept_limit(struct records *records, const char *tenant, uint32_t after_s)
{
    records_run(
        records, "INSERT OR REPLACE INTO rule (tenant, offline_after_s) VALUES (?, ?)", "si", tenant, (int64_t)after_s);
}

void kept_each_limit(struct records *records, const char *tenant,
    void (*each)(void *arg, const char *tenant, uint32_t after_s), void *arg)
{
    struct db_rows *rows = records_query(records,
        "SELECT tenant, offline_after_s FROM rule WHERE ?1 IS NULL OR tenant = ?1 ORDER BY tenant", "s", tenant);
    while (db_next(rows))
        each(arg, db_text(rows, 0), (uint32_t)db_int(rows, 1));
    records_finish(rows);
}

static int add_limits(struct records *records, struct rules *rules)
{
    int error = 0;
    struct db_rows *rows = records_query(records, "SELECT tenant, offline_after_s FROM rule", "");
    while (!error && db_next(rows))
        error = rules_limit(rules, db_text(rows, 0), (uint32_t)db_int(rows, 1));
    records_finish(rows);
    return error;
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

static int add_agents(struct records *records, struct rules *rules, const struct instant *now)
{
    int error = 0;
    struct db_rows *rows = records_query(
        records, "SELECT agent, tenant, site, state, since_ms, cloned_ms, forked, broken_ms FROM agent", "");
    while (!error && db_next(rows))
        error = add_agent(rows, rules, now);
    records_finish(rows);
    return error;
}

/* One that was heard since is silent no more, even if the log does not say so. */
static int add_silent_sites(struct records *records, struct rules *rules, const struct instant *now)
{
    int error = 0;
    struct db_rows *rows = records_query(records,
        "SELECT tenant, site FROM silent_site AS s WHERE NOT EXISTS (SELECT 1 FROM agent AS a WHERE a.tenant = s.tenant"
        " AND a.site = s.site AND a.state IN ('online', 'late', 'updating'))",
        "");
    while (!error && db_next(rows)) {
        const struct observation seen = {
            .what = OBSERVED_SILENT, .tenant = db_text(rows, 0), .site = db_text(rows, 1)
        };
        error = rules_observe(rules, &seen, now);
    }
    records_finish(rows);
    return error;
}

static int add_watches(struct records *records, struct rules *rules, const struct instant *now)
{
    int error = 0;
    struct db_rows *rows = records_query(records,
        "SELECT w.agent, watch, level, text FROM watch AS w LEFT JOIN agent AS a ON a.agent = w.agent"
        " WHERE a.state IS NOT 'retired'",
        "");
    while (!error && db_next(rows)) {
        struct observation seen = {
            .what = OBSERVED_WATCH,
            .agent = (uint32_t)db_int(rows, 0),
            .watch = db_text(rows, 1),
            .level = (enum level)word_index(level_words, db_text(rows, 2)),
        };
        snprintf(seen.text, sizeof(seen.text), "%s", db_text(rows, 3));
        error = rules_observe(rules, &seen, now);
    }
    records_finish(rows);
    return error;
}

static int add_open(struct records *records, struct rules *rules)
{
    int error = 0;
    struct db_rows *rows =
        records_query(records, "SELECT kind, subject, agent, tenant, site FROM alert WHERE resolved_ms IS NULL", "");
    while (!error && db_next(rows))
        error = rules_restore(rules, (enum kind)word_index(kind_words, db_text(rows, 0)), db_text(rows, 1),
            (uint32_t)db_int(rows, 2), db_text(rows, 3), db_text(rows, 4));
    records_finish(rows);
    return error;
}

int kept_load(struct records *records, struct rules *rules, const struct instant *now, struct problem *problem)
{
    if (add_limits(records, rules) || add_agents(records, rules, now) || add_silent_sites(records, rules, now) ||
        add_watches(records, rules, now) || add_open(records, rules))
        return problem_set(problem, "db", "alert.db", "what alert.db holds is beyond the limits of this program");
    return 0;
}
