#include "services/alert/alerts.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/message/message.h"

#define COLUMNS "SELECT alert, kind, sev, subject, tenant, site, agent, reason, opened_ms, resolved_ms FROM alert "

static const struct {
    int sev;
    const char *reason;
} kinds[] = {
    [KIND_AGENT_OFFLINE] = { 2, "the agent is offline" },
    [KIND_SITE_SILENT] = { 2, "every agent of the site fell silent together" },
    [KIND_AGENT_CLONED] = { 2, "two machines use the identity of this agent" },
    [KIND_WATCH_CRITICAL] = { 2, "a watch is critical" },
    [KIND_WATCH_WARNING] = { 3, "a watch warns" },
    [KIND_WATCH_UNKNOWN] = { 3, "a watch cannot measure what it looks at" },
    [KIND_LOG_FORKED] = { 1,
        "the agent was shown two histories of the log: it has the evidence, and carries out nothing" },
    [KIND_CHAIN_BROKEN] = { 2, "what the agent tells of its runs does not follow from what it told before" },
    [KIND_BACKUP_FAILED] = { 2, "a backup failed, or its machine refused it" },
    [KIND_BACKUP_MISSED] = { 2, "no backup was begun in its time" },
    [KIND_BACKUP_DOUBTFUL] = { 2, "a person should look whether a backup is what it should be" },
    [KIND_BACKUP_UNPROVEN] = { 2, "a backup is not what it was, or cannot be brought back" },
    [KIND_PROOF_LATE] = { 2, "nobody has said in time that backups were looked at" },
    [KIND_PRUNE_STOPPED] = { 2, "nothing of an agent's backups is deleted until a person has looked" },
    [KIND_AUDIT_SILENT] = { 1, "vedette-audit takes no events: operations are refused and nobody is told of anything" },
};

static void give_reason(const struct change *change, char ret[REASON_BYTES])
{
    if (change->kind == KIND_AGENT_OFFLINE)
        snprintf(ret, REASON_BYTES, "%s for longer than %" PRId64 " s", kinds[change->kind].reason, change->after_s);
    else
        snprintf(ret, REASON_BYTES, "%s", change->text ? change->text : kinds[change->kind].reason);
}

static uint64_t open_alert(struct records *records, const struct change *change, int64_t wall_ms)
{
    char reason[REASON_BYTES];
    give_reason(change, reason);
    const struct place *place = change->place;
    records_run(records,
        "INSERT INTO alert (kind, subject, sev, tenant, site, agent, reason, opened_ms)"
        " VALUES (?, ?, ?, ?, nullif(?, ''), nullif(?, 0), ?, ?)",
        "ssissisi", kind_words[change->kind], change->subject, (int64_t)kinds[change->kind].sev,
        place ? place->tenant : NULL, place ? place->site : NULL, (int64_t)change->agent, reason, wall_ms);
    return (uint64_t)records_last_id(records);
}

static uint64_t resolve_alert(struct records *records, const struct change *change, int64_t wall_ms)
{
    int64_t alert = records_number(
        records_query(records, "SELECT alert FROM alert WHERE kind = ? AND subject = ? AND resolved_ms IS NULL", "ss",
            kind_words[change->kind], change->subject));
    records_run(records, "UPDATE alert SET resolved_ms = ? WHERE alert = ?", "ii", wall_ms, alert);
    if (change->kind == KIND_SITE_SILENT)
        records_run(records, "DELETE FROM silent_site WHERE tenant = ? AND site = ?", "ss", change->place->tenant,
            change->place->site);
    return (uint64_t)alert;
}

uint64_t alerts_change(struct records *records, const struct change *change, int64_t wall_ms)
{
    return change->opened ? open_alert(records, change, wall_ms) : resolve_alert(records, change, wall_ms);
}

void alerts_logged(struct records *records, uint64_t alert, bool resolved)
{
    if (resolved)
        records_run(records, "UPDATE alert SET resolved_logged = 1 WHERE alert = ?", "i", (int64_t)alert);
    else
        records_run(records, "UPDATE alert SET opened_logged = 1 WHERE alert = ?", "i", (int64_t)alert);
}

void alerts_each_unlogged(struct records *records, void (*each)(void *arg, uint64_t alert, bool resolved), void *arg)
{
    struct db_rows *rows = records_query(records,
        "SELECT alert, opened_logged, resolved_logged < (resolved_ms IS NOT NULL) FROM alert"
        " WHERE opened_logged = 0 OR resolved_logged < (resolved_ms IS NOT NULL) ORDER BY alert",
        "");
    while (db_next(rows)) {
        uint64_t alert = (uint64_t)db_int(rows, 0);
        if (!db_int(rows, 1))
            each(arg, alert, false);
        if (db_int(rows, 2))
            each(arg, alert, true);
    }
    records_finish(rows);
}

static void copy(char *ret, size_t bytes, const char *text)
{
    snprintf(ret, bytes, "%s", text ? text : "");
}

static void take(struct db_rows *row, struct alert_record *ret)
{
    *ret = (struct alert_record){
        .alert = (uint64_t)db_int(row, 0),
        .kind = (enum kind)word_index(kind_words, db_text(row, 1)),
        .sev = (int)db_int(row, 2),
        .agent = (uint32_t)db_int(row, 6),
        .opened_ms = db_int(row, 8),
        .resolved_ms = db_int(row, 9),
    };
    copy(ret->subject, sizeof(ret->subject), db_text(row, 3));
    copy(ret->tenant, sizeof(ret->tenant), db_text(row, 4));
    copy(ret->site, sizeof(ret->site), db_text(row, 5));
    copy(ret->reason, sizeof(ret->reason), db_text(row, 7));
}

static bool take_one(struct db_rows *rows, struct alert_record *ret)
{
    bool found = db_next(rows);
    if (found)
        take(rows, ret);
    records_finish(rows);
    return found;
}

bool alerts_find(struct records *records, uint64_t alert, struct alert_record *ret)
{
    return take_one(records_query(records, COLUMNS "WHERE alert = ?", "i", (int64_t)alert), ret);
}

bool alerts_find_open(struct records *records, enum kind kind, struct alert_record *ret)
{
    return take_one(
        records_query(records, COLUMNS "WHERE kind = ? AND resolved_ms IS NULL", "s", kind_words[kind]), ret);
}

size_t alerts_list(struct records *records, const char *tenant, int only, struct alert_record *ret, size_t room)
{
    size_t n = 0;
    struct db_rows *rows = records_query(records,
        COLUMNS "WHERE (?1 IS NULL OR tenant = ?1) AND (?2 < 0 OR ?2 = (resolved_ms IS NULL))"
                " ORDER BY alert DESC LIMIT ?3",
        "sii", tenant, (int64_t)only, (int64_t)room);
    while (n < room && db_next(rows))
        take(rows, &ret[n++]);
    records_finish(rows);
    return n;
}

void alerts_forget(struct records *records, int64_t before_ms)
{
    records_run(records,
        "DELETE FROM alert WHERE alert IN (SELECT alert FROM alert WHERE resolved_ms < ? AND resolved_logged = 1"
        " LIMIT 10000)",
        "i", before_ms);
}
