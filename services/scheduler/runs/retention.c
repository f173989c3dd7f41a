#include "services/scheduler/runs/retention.h"

#include "contract.h"
#include "lib/records.h"

#define DAY_MS INT64_C(86400000)
#define RUNS_A_STEP 500       /* some milliseconds */
#define OCCURRENCES_KEPT 1000 /* of a recurring task on one agent: of one that runs each minute, most of a day */

static int delete_old_output(struct records *records, int64_t before_ms)
{
    return records_run(records,
        "DELETE FROM output WHERE run IN (SELECT run FROM run WHERE ended_ms < ?"
        " AND EXISTS (SELECT 1 FROM output AS o WHERE o.run = run.run) ORDER BY ended_ms LIMIT ?)",
        "ii", before_ms, (int64_t)RUNS_A_STEP);
}

/* Beyond the limit the oldest goes, whole runs at a time. */
static int delete_oldest_output(struct records *records, int64_t limit_bytes)
{
    if (records_number(records_query(records, "SELECT sum(length(data)) FROM output", "")) <= limit_bytes)
        return 0;
    return records_run(records,
        "DELETE FROM output WHERE run IN (SELECT DISTINCT run FROM output ORDER BY run LIMIT ?)", "i",
        (int64_t)RUNS_A_STEP / 10);
}

static int delete_old_runs(struct records *records, int64_t before_ms)
{
    records_run(records,
        "DELETE FROM output WHERE run IN (SELECT run FROM run WHERE ended_ms < ? ORDER BY ended_ms LIMIT ?)", "ii",
        before_ms, (int64_t)RUNS_A_STEP);
    return records_run(records,
        "DELETE FROM run WHERE run IN (SELECT run FROM run WHERE ended_ms < ? ORDER BY ended_ms LIMIT ?)", "ii",
        before_ms, (int64_t)RUNS_A_STEP);
}

static int delete_surplus_occurrences(struct records *records)
{
    return records_run(records,
        "DELETE FROM run WHERE run IN (SELECT run FROM (SELECT run, state, row_number() OVER"
        " (PARTITION BY number, agent ORDER BY occurrence DESC) AS place FROM run WHERE number IN"
        " (SELECT number FROM document WHERE recurring AND state = 'logged')) WHERE place > ? AND state NOT IN"
        " ('queued', 'delivered', 'running') LIMIT ?)",
        "ii", (int64_t)OCCURRENCES_KEPT, (int64_t)RUNS_A_STEP);
}

/* Documents that are over and of which no run is kept; those in force stay, whatever their age. */
static int delete_old_documents(struct records *records, int64_t before_ms)
{
    records_run(records, "DELETE FROM named WHERE number NOT IN (SELECT number FROM document)", "");
    records_run(records, "DELETE FROM restoring WHERE number NOT IN (SELECT number FROM document)", "");
    records_run(records,
        "DELETE FROM delivery WHERE state IN ('put', 'dropped') AND number IN (SELECT number FROM document WHERE"
        " max(expires_ms, made_ms) < ? AND kind NOT IN ('freeze', 'revocation', 'trust', 'succession'))",
        "i", before_ms);
    return records_run(records,
        "DELETE FROM document WHERE number IN (SELECT d.number FROM document AS d WHERE"
        " max(d.expires_ms, d.made_ms) < ? AND d.kind NOT IN ('freeze', 'revocation', 'trust', 'succession')"
        " AND NOT EXISTS (SELECT 1 FROM run AS r WHERE r.number = d.number)"
        " AND NOT EXISTS (SELECT 1 FROM delivery AS v WHERE v.number = d.number) LIMIT ?)",
        "ii", before_ms, (int64_t)RUNS_A_STEP);
}

bool retention_step(struct records *records, const struct settings_scheduler *settings, int64_t now_ms)
{
    int64_t runs_before_ms = now_ms - settings->run_days * DAY_MS;
    int deleted = delete_old_output(records, now_ms - settings->output_days * DAY_MS);
    deleted += delete_oldest_output(records, settings->output_total_bytes);
    deleted += delete_old_runs(records, runs_before_ms);
    deleted += delete_surplus_occurrences(records);
    deleted += delete_old_documents(records, runs_before_ms);
    return deleted > 0;
}
