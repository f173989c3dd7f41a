#include "services/scheduler/runs/restores.h"

#include "lib/message/message.h"

static int64_t or_unknown(bool has, uint64_t value)
{
    return has ? (int64_t)value : -1;
}

void restores_note(struct records *records, int64_t number, const struct envelope_restore_run *said)
{
    records_run(records,
        "INSERT OR REPLACE INTO restoring (number, reported_ms, files, content_bytes, expected_files, expected_bytes,"
        " same_files, failed_files, rate_bytes_s, left_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, nullif(?, -1), nullif(?, "
        "-1))",
        "iiiiiiiiii", number, said->time, (int64_t)said->files, (int64_t)said->content_bytes,
        (int64_t)said->expected_files, (int64_t)said->expected_bytes, (int64_t)said->same_files,
        (int64_t)said->failed_files, or_unknown(said->has_rate_bytes_s, said->rate_bytes_s),
        or_unknown(said->has_left_s, said->left_s));
}

static struct restore_told read_told(struct db_rows *row, int at)
{
    return (struct restore_told){
        .reported_ms = db_int(row, at),
        .files = (uint64_t)db_int(row, at + 1),
        .content_bytes = (uint64_t)db_int(row, at + 2),
        .expected_files = (uint64_t)db_int(row, at + 3),
        .expected_bytes = (uint64_t)db_int(row, at + 4),
        .same_files = (uint64_t)db_int(row, at + 5),
        .failed_files = (uint64_t)db_int(row, at + 6),
        .rate_bytes_s = db_int(row, at + 7),
        .left_s = db_int(row, at + 8),
    };
}

static struct restore_row read_row(struct db_rows *row)
{
    return (struct restore_row){
        .document = db_text(row, 0),
        .version = (uint32_t)db_int(row, 1),
        .state = (enum document_state)word_index(document_state_words, db_text(row, 2)),
        .title = db_text(row, 3),
        .maker = db_text(row, 4),
        .made_ms = db_int(row, 5),
        .dsse = db_text(row, 6),
        .agent = (uint32_t)db_int(row, 7),
        .name = db_text(row, 8),
        .run_state = (enum run_state)word_index(run_state_words, db_text(row, 9)),
        .since_ms = db_int(row, 10),
        .started_ms = db_int(row, 11),
        .ended_ms = db_int(row, 12),
        .code = db_text(row, 13),
        .reason = db_text(row, 14),
        .told = read_told(row, 15),
    };
}

void restores_each(struct records *records, const struct restores_wanted *wanted,
    void (*each)(void *arg, const struct restore_row *), void *arg)
{
    struct db_rows *rows = records_query(records,
        "SELECT d.document, d.version, d.state, d.title, d.maker, d.made_ms, d.dsse, ifnull(r.agent, 0), a.name,"
        " ifnull(r.state, 'queued'), ifnull(r.since_ms, 0), ifnull(r.started_ms, 0), ifnull(r.ended_ms, 0), r.code,"
        " r.reason, ifnull(p.reported_ms, 0), ifnull(p.files, 0), ifnull(p.content_bytes, 0),"
        " ifnull(p.expected_files, 0), ifnull(p.expected_bytes, 0), ifnull(p.same_files, 0),"
        " ifnull(p.failed_files, 0), ifnull(p.rate_bytes_s, -1), ifnull(p.left_s, -1)"
        " FROM document AS d LEFT JOIN run AS r USING (number) LEFT JOIN restoring AS p USING (number)"
        " LEFT JOIN agent AS a USING (agent)"
        " WHERE d.kind = 'restore' AND d.state <> 'draft' AND (?1 IS NULL OR d.tenant = ?1)"
        " AND (?2 IS NULL OR d.document = ?2) AND (?3 = 0 OR r.agent = ?3)"
        " AND (NOT ?4 OR r.state IN ('queued', 'delivered', 'running')) ORDER BY d.number DESC LIMIT ?5",
        "ssiii", wanted->tenant, wanted->document, (int64_t)wanted->agent, (int64_t)wanted->open,
        (int64_t)wanted->limit);
    while (db_next(rows)) {
        const struct restore_row row = read_row(rows);
        each(arg, &row);
    }
    records_finish(rows);
}
