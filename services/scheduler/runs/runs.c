#include "services/scheduler/runs/runs.h"

#include <stdio.h>

#include "lib/message/message.h"

#define COLUMNS                                                                                                        \
    "r.run, r.number, r.agent, r.occurrence, r.ring, r.state, r.since_ms, ifnull(r.started_ms, 0),"                    \
    " ifnull(r.ended_ms, 0), ifnull(r.exit_status, -1), ifnull(r.signal, -1), ifnull(r.code, ''),"                     \
    " ifnull(r.reason, ''), r.output_bytes, r.output_cut, ifnull(r.chain_link, 0), ifnull(r.chain, '')"
#define COLUMNS_N 17

void runs_add(
    struct records *records, int64_t number, uint32_t agent, uint64_t occurrence, uint32_t ring, int64_t now_ms)
{
    records_run(records,
        "INSERT OR IGNORE INTO run (number, agent, occurrence, ring, state, since_ms) VALUES (?, ?, ?, ?, ?, ?)",
        "iiiisi", number, (int64_t)agent, (int64_t)occurrence, (int64_t)ring, run_state_words[RUN_STATE_QUEUED],
        now_ms);
}

static struct run read_row(struct db_rows *row)
{
    struct run run = {
        .run = db_int(row, 0),
        .number = db_int(row, 1),
        .agent = (uint32_t)db_int(row, 2),
        .occurrence = (uint64_t)db_int(row, 3),
        .ring = (uint32_t)db_int(row, 4),
        .state = (enum run_state)word_index(run_state_words, db_text(row, 5)),
        .since_ms = db_int(row, 6),
        .started_ms = db_int(row, 7),
        .ended_ms = db_int(row, 8),
        .has_exit_status = db_int(row, 9) >= 0,
        .has_signal = db_int(row, 10) >= 0,
        .output_bytes = (uint64_t)db_int(row, 13),
        .output_cut = db_int(row, 14),
        .chain_link = (uint64_t)db_int(row, 15),
    };
    run.exit_status = run.has_exit_status ? (uint32_t)db_int(row, 9) : 0;
    run.signal = run.has_signal ? (uint32_t)db_int(row, 10) : 0;
    snprintf(run.code, sizeof(run.code), "%s", db_text(row, 11));
    snprintf(run.reason, sizeof(run.reason), "%s", db_text(row, 12));
    snprintf(run.chain, sizeof(run.chain), "%s", db_text(row, 16));
    return run;
}

bool runs_find(struct records *records, int64_t number, uint32_t agent, uint64_t occurrence, struct run *ret)
{
    struct db_rows *rows = records_query(records,
        "SELECT " COLUMNS " FROM run AS r WHERE r.number = ? AND r.agent = ? AND r.occurrence = ?", "iii", number,
        (int64_t)agent, (int64_t)occurrence);
    bool found = db_next(rows);
    if (found)
        *ret = read_row(rows);
    records_finish(rows);
    return found;
}

void runs_update(struct records *records, const struct run *run)
{
    records_run(records,
        "UPDATE run SET state = ?, since_ms = ?, started_ms = nullif(?, 0), ended_ms = nullif(?, 0),"
        " exit_status = nullif(?, -1), signal = nullif(?, -1), code = nullif(?, ''), reason = nullif(?, ''),"
        " output_bytes = ?, output_cut = ?, chain_link = nullif(?, 0), chain = nullif(?, '') WHERE run = ?",
        "siiiiissiiisi", run_state_words[run->state], run->since_ms, run->started_ms, run->ended_ms,
        run->has_exit_status ? (int64_t)run->exit_status : -1, run->has_signal ? (int64_t)run->signal : -1, run->code,
        run->reason, (int64_t)run->output_bytes, (int64_t)run->output_cut, (int64_t)run->chain_link, run->chain,
        run->run);
}

int runs_end_unsent(struct records *records, int64_t number, enum run_state state, int64_t now_ms)
{
    return records_run(records,
        "UPDATE run SET state = ?, since_ms = ?, ended_ms = ? WHERE number = ? AND state = 'queued' "
        "AND agent NOT IN"
        " (SELECT agent FROM delivery WHERE number = run.number AND state IN ('sealed', 'put'))",
        "siii", run_state_words[state], now_ms, now_ms, number);
}

void runs_count(struct records *records, int64_t number, struct runs_count *ret)
{
    struct db_rows *rows = records_query(records,
        "SELECT count(*), ifnull(sum(state IN ('queued', 'delivered', 'running')), 0),"
        " ifnull(sum(state = 'done'), 0),"
        " ifnull(sum(state IN ('failed', 'refused', 'interrupted', 'expired')), 0) FROM run WHERE number = ?",
        "i", number);
    *ret = (struct runs_count){ 0 };
    if (db_next(rows))
        *ret = (struct runs_count){ (uint64_t)db_int(rows, 0), (uint64_t)db_int(rows, 1), (uint64_t)db_int(rows, 2),
            (uint64_t)db_int(rows, 3) };
    records_finish(rows);
}

void runs_seen(struct records *records, int64_t number, uint32_t ring, struct rollout_seen *ret)
{
    struct db_rows *rows = records_query(records,
        "SELECT ifnull(sum(ring = ?2), 0),"
        " ifnull(sum(ring = ?2 AND state IN ('queued', 'delivered', 'running')), 0),"
        " ifnull(sum(ring <= ?2 AND state = 'running'), 0),"
        " ifnull(sum(state IN ('failed', 'refused', 'interrupted')), 0) FROM run WHERE number = ?1",
        "ii", number, (int64_t)ring);
    *ret = (struct rollout_seen){ 0 };
    if (db_next(rows))
        *ret = (struct rollout_seen){ (uint64_t)db_int(rows, 0), (uint64_t)db_int(rows, 1), (uint64_t)db_int(rows, 2),
            (uint64_t)db_int(rows, 3) };
    records_finish(rows);
}

void runs_of_document(
    struct records *records, int64_t number, int state, uint32_t after, uint32_t limit, runs_each *each, void *arg)
{
    struct db_rows *rows = records_query(records,
        "SELECT " COLUMNS ", ifnull(a.name, '?'), ifnull(a.site, '?') FROM run AS r LEFT JOIN agent AS a USING (agent)"
        " WHERE r.number = ?1 AND r.agent > ?2 AND (?3 IS NULL OR r.state = ?3) ORDER BY r.agent, r.occurrence"
        " LIMIT ?4",
        "iisi", number, (int64_t)after, state < 0 ? NULL : run_state_words[state], (int64_t)limit);
    while (db_next(rows)) {
        const struct run run = read_row(rows);
        each(arg, &run, db_text(rows, COLUMNS_N), db_text(rows, COLUMNS_N + 1));
    }
    records_finish(rows);
}

void runs_of_agent(struct records *records, uint32_t agent, uint32_t limit, runs_each_document *each, void *arg)
{
    struct db_rows *rows = records_query(records,
        "SELECT " COLUMNS ", d.document, d.version, d.title FROM run AS r JOIN document AS d USING (number)"
        " WHERE r.agent = ? ORDER BY r.run DESC LIMIT ?",
        "ii", (int64_t)agent, (int64_t)limit);
    while (db_next(rows)) {
        const struct run run = read_row(rows);
        each(arg, &run, db_text(rows, COLUMNS_N), (uint32_t)db_int(rows, COLUMNS_N + 1), db_text(rows, COLUMNS_N + 2));
    }
    records_finish(rows);
}

size_t runs_expired(struct records *records, int64_t before_ms, struct run *ret, size_t n)
{
    size_t found = 0;
    struct db_rows *rows = records_query(records,
        "SELECT " COLUMNS " FROM run AS r JOIN document AS d USING (number) WHERE d.expires_ms < ?"
        " AND d.kind = 'task' AND NOT d.recurring AND r.state IN ('queued', 'delivered') ORDER BY r.run LIMIT ?",
        "ii", before_ms, (int64_t)n);
    while (db_next(rows))
        ret[found++] = read_row(rows);
    records_finish(rows);
    return found;
}
