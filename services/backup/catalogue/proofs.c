#include "services/backup/catalogue/proofs.h"

#include <stdio.h>

#include "lib/records.h"

static const char *place_of(const struct call_proof_report *proof)
{
    return proof->backup_target ? proof->backup_target : "";
}

static void keep_word(struct records *records, const struct call_proof_report *proof)
{
    records_run(records,
        "INSERT OR REPLACE INTO watched (agent, proof, target, proven, time_ms, next_by_ms)"
        " VALUES (?, ?, ?, ?, ?, nullif(?, 0))",
        "issiii", (int64_t)proof->agent, proof_words[proof->proof], place_of(proof), (int64_t)proof->proven,
        proof->time, proof->has_next_by ? proof->next_by : (int64_t)0);
}

void proofs_keep(struct records *records, const struct call_proof_report *proof)
{
    records_run(records,
        "INSERT INTO proof (agent, backup, proof, proven, time_ms, reason) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (agent, backup, proof) DO UPDATE SET proven = excluded.proven,"
        " time_ms = excluded.time_ms, reason = excluded.reason WHERE excluded.time_ms >= time_ms",
        "issiis", (int64_t)proof->agent, proof->backup, proof_words[proof->proof], (int64_t)proof->proven, proof->time,
        proof->reason);
    keep_word(records, proof);
}

int64_t proofs_newest(struct records *records, uint32_t agent, const char *backup)
{
    return records_number(records_query(records,
        "SELECT max(time_ms) FROM proof WHERE agent = ?1 AND (?2 IS NULL OR backup = ?2)"
        " AND proof = 'restore' AND proven",
        "is", (int64_t)agent, backup));
}

int64_t proofs_verified(struct records *records, uint32_t agent)
{
    return records_number(records_query(records,
        "SELECT max(time_ms) FROM proof WHERE agent = ? AND proof = 'bytes' AND proven", "i",
        (int64_t)agent));
}

int64_t proofs_word(struct records *records, const struct call_proof_report *proof)
{
    return records_number(
        records_query(records, "SELECT time_ms FROM watched WHERE agent = ? AND proof = ? AND target = ?", "iss",
            (int64_t)proof->agent, proof_words[proof->proof], place_of(proof)));
}

void proofs_forget(struct records *records, uint32_t agent)
{
    records_run(records, "DELETE FROM watched WHERE agent = ?", "i", (int64_t)agent);
}

size_t proofs_late(struct records *records, int64_t now_ms, struct proof_late *ret, size_t n)
{
    size_t found = 0;
    struct db_rows *rows = records_query(records,
        "SELECT agent, proof = 'restore', target, next_by_ms FROM watched"
        " WHERE next_by_ms <= ? AND proven ORDER BY next_by_ms LIMIT ?",
        "ii", now_ms, (int64_t)n);
    while (db_next(rows)) {
        struct proof_late *late = &ret[found++];
        *late = (struct proof_late){ .agent = (uint32_t)db_int(rows, 0),
            .proof = db_int(rows, 1) ? PROOF_RESTORE : PROOF_BYTES,
            .next_by_ms = db_int(rows, 3) };
        snprintf(late->target, sizeof(late->target), "%s", db_text(rows, 2));
    }
    records_finish(rows);
    return found;
}

void proofs_told(struct records *records, const struct proof_late *late)
{
    records_run(records, "UPDATE watched SET next_by_ms = NULL WHERE agent = ? AND proof = ? AND target = ?", "iss",
        (int64_t)late->agent, proof_words[late->proof], late->target);
}
