#include "services/scheduler/watches/records.h"

#include <stdio.h>

#include "lib/message/message.h"

#define COLUMNS "watch.agent, watch, kind, level, since_ms, held, value, reason, document, reported_ms"

static void copy(char *ret, size_t bytes, const char *text)
{
    snprintf(ret, bytes, "%s", text ? text : "");
}

static void take(struct db_rows *row, struct watch_record *ret)
{
    *ret = (struct watch_record){
        .agent = (uint32_t)db_int(row, 0),
        .kind = (enum watch_kind)word_index(watch_kind_words, db_text(row, 2)),
        .level = (enum level)word_index(level_words, db_text(row, 3)),
        .since_ms = db_int(row, 4),
        .held = db_int(row, 5),
        .has_value = db_text(row, 6) != NULL,
        .value = (uint64_t)db_int(row, 6),
        .reported_ms = db_int(row, 9),
    };
    copy(ret->watch, sizeof(ret->watch), db_text(row, 1));
    copy(ret->reason, sizeof(ret->reason), db_text(row, 7));
    copy(ret->document, sizeof(ret->document), db_text(row, 8));
}

static bool take_first(struct db_rows *rows, struct watch_record *ret)
{
    bool found = db_next(rows);
    if (found)
        take(rows, ret);
    records_finish(rows);
    return found;
}

bool watch_records_get(struct records *records, uint32_t agent, const char *watch, struct watch_record *ret)
{
    return take_first(records_query(records, "SELECT " COLUMNS " FROM watch WHERE agent = ? AND watch = ?", "is",
                          (int64_t)agent, watch),
        ret);
}

bool watch_records_stale(struct records *records, uint32_t agent, int64_t before_ms, struct watch_record *ret)
{
    return take_first(
        records_query(records, "SELECT " COLUMNS " FROM watch WHERE agent = ? AND reported_ms < ? LIMIT 1", "ii",
            (int64_t)agent, before_ms),
        ret);
}

/* A value beyond what SQLite counts to is none that anything measured. */
void watch_records_put(struct records *records, const struct watch_record *record)
{
    bool has_value = record->has_value && record->value <= INT64_MAX;
    records_run(records,
        "INSERT OR REPLACE INTO watch (agent, watch, kind, level, since_ms, held, value, reason, document,"
        " reported_ms) VALUES (?, ?, ?, ?, ?, ?, nullif(?, -1), nullif(?, ''), nullif(?, ''), ?)",
        "isssiiissi", (int64_t)record->agent, record->watch, watch_kind_words[record->kind], level_words[record->level],
        record->since_ms, (int64_t)record->held, has_value ? (int64_t)record->value : (int64_t)-1, record->reason,
        record->document, record->reported_ms);
}

void watch_records_drop(struct records *records, uint32_t agent, const char *watch)
{
    records_run(records, "DELETE FROM watch WHERE agent = ? AND watch = ?", "is", (int64_t)agent, watch);
}

void watch_records_list(struct records *records, uint32_t agent, const char *tenant, int level, uint32_t limit,
    watch_records_each *each, void *arg)
{
    struct db_rows *rows = records_query(records,
        "SELECT " COLUMNS ", agent.tenant FROM watch JOIN agent ON agent.agent = watch.agent"
        " WHERE (?1 = 0 OR watch.agent = ?1) AND (?2 IS NULL OR agent.tenant = ?2) AND (?3 IS NULL OR level = ?3)"
        " ORDER BY CASE level WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 WHEN 'unknown' THEN 2 ELSE 3 END,"
        " watch.agent, watch LIMIT ?4",
        "issi", (int64_t)agent, tenant, level < 0 ? NULL : level_words[level], (int64_t)limit);
    while (db_next(rows)) {
        struct watch_record record;
        take(rows, &record);
        each(arg, &record, db_text(rows, 10));
    }
    records_finish(rows);
}
