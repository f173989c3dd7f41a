/* And proof.report. */
#include "services/backup/proofs.h"

#include <stdio.h>

#include "lib/clock.h"
#include "services/backup/backup.h"
#include "services/backup/tell.h"

#define AHEAD_MS (5 * 60000)               /* the clock of who reports may be so much before ours */
#define PROMISE_MS (92LL * 24 * 3600 * 1000) /* nobody says that a quarter of a year may pass without a word */
#define LATE_A_TICK 64

static const char *place_of(const struct call_proof_report *proof)
{
    return proof->backup_target ? proof->backup_target : "";
}

static void keep_word(struct records *records, const struct call_proof_report *proof)
{
    struct problem problem;
    records_ran(db_run(records_write(records), &problem,
                    "INSERT OR REPLACE INTO watched (agent, proof, target, proven, time_ms, next_by_ms)"
                    " VALUES (?, ?, ?, ?, ?, nullif(?, 0))",
                    "issiii", (int64_t)proof->agent, proof_words[proof->proof], place_of(proof),
                    (int64_t)proof->proven, proof->time, proof->has_next_by ? proof->next_by : (int64_t)0),
        &problem);
}

void proofs_keep(struct records *records, const struct call_proof_report *proof)
{
    struct problem problem;
    records_ran(db_run(records_write(records), &problem,
                    "INSERT INTO proof (agent, backup, proof, proven, time_ms, reason) VALUES (?, ?, ?, ?, ?, ?)"
                    " ON CONFLICT (agent, backup, proof) DO UPDATE SET proven = excluded.proven,"
                    " time_ms = excluded.time_ms, reason = excluded.reason WHERE excluded.time_ms >= time_ms",
                    "issiis", (int64_t)proof->agent, proof->backup, proof_words[proof->proof], (int64_t)proof->proven,
                    proof->time, proof->reason),
        &problem);
    keep_word(records, proof);
}

static int64_t one_time(struct db_rows *rows, const struct problem *problem)
{
    records_checked(rows, problem);
    int64_t time_ms = db_next(rows) ? db_int(rows, 0) : 0;
    records_finish(rows);
    return time_ms;
}

int64_t proofs_newest(struct records *records, uint32_t agent, const char *backup)
{
    struct problem problem;
    return one_time(db_query(records_db(records), &problem,
                        "SELECT ifnull(max(time_ms), 0) FROM proof WHERE agent = ?1 AND (?2 IS NULL OR backup = ?2)"
                        " AND proof = 'restore' AND proven",
                        "is", (int64_t)agent, backup),
        &problem);
}

int64_t proofs_verified(struct records *records, uint32_t agent)
{
    struct problem problem;
    return one_time(db_query(records_db(records), &problem,
                        "SELECT ifnull(max(time_ms), 0) FROM proof WHERE agent = ? AND proof = 'bytes' AND proven", "i",
                        (int64_t)agent),
        &problem);
}

static int64_t last_word(struct records *records, const struct call_proof_report *proof)
{
    struct problem problem;
    return one_time(db_query(records_db(records), &problem,
                        "SELECT time_ms FROM watched WHERE agent = ? AND proof = ? AND target = ?", "iss",
                        (int64_t)proof->agent, proof_words[proof->proof], place_of(proof)),
        &problem);
}

void proofs_forget(struct records *records, uint32_t agent)
{
    struct problem problem;
    records_ran(
        db_run(records_write(records), &problem, "DELETE FROM watched WHERE agent = ?", "i", (int64_t)agent), &problem);
}

/* ---- Nobody says anything ---- */

size_t proofs_late(struct records *records, int64_t now_ms, struct proof_late *ret, size_t n)
{
    struct problem problem;
    size_t found = 0;
    struct db_rows *rows =
        records_checked(db_query(records_db(records), &problem,
                            "SELECT agent, proof = 'restore', target, next_by_ms FROM watched"
                            " WHERE next_by_ms <= ? AND proven ORDER BY next_by_ms LIMIT ?",
                            "ii", now_ms, (int64_t)n),
            &problem);
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
    struct problem problem;
    records_ran(db_run(records_write(records), &problem,
                    "UPDATE watched SET next_by_ms = NULL WHERE agent = ? AND proof = ? AND target = ?", "iss",
                    (int64_t)late->agent, proof_words[late->proof], late->target),
        &problem);
}

void proofs_tick(struct backup *backup)
{
    struct proof_late late[LATE_A_TICK];
    if (clock_mono_ms() < backup->judge_from_ms)
        return;
    size_t n = proofs_late(backup->records, clock_wall_ms(), late, LATE_A_TICK);
    for (size_t i = 0; i < n && !tell_proof_late(backup, &late[i]); i++)
        proofs_told(backup->records, &late[i]);
}

/* ---- proof.report ---- */

static int check(struct records *records, const struct call_proof_report *in, struct problem *problem)
{
    struct agent_known agent;
    int64_t now_ms = clock_wall_ms();
    if (!agents_get(records, in->agent, &agent))
        return problem_set(problem, "not-found", "agent", "there is no agent %u", in->agent);
    if (in->time > now_ms + AHEAD_MS)
        return problem_set(problem, "bad-field", "time", "it is not that late yet: look at the clock");
    if (in->has_next_by && (in->next_by < in->time || in->next_by > now_ms + PROMISE_MS))
        return problem_set(problem, "bad-field", "next_by", "the next word is to come within 92 days");
    if (in->time < last_word(records, in))
        return problem_set(problem, "outdated", "time", "there is a newer word on that already");
    return 0;
}

static void answer(void *request)
{
    answer_proof_report(request, &(struct call_proof_report_reply){ 0 });
}

void serve_proof_report(struct bus_request *request, const struct call_proof_report *in)
{
    struct backup *backup = backup_of(request);
    struct problem problem;
    if (check(backup->records, in, &problem)) {
        bus_refuse(request, &problem);
        return;
    }
    proofs_keep(backup->records, in);
    tell_proof(backup, in, bus_request_actor(request));
    if (records_then(backup->records, answer, request)) {
        problem_set(&problem, "no-memory", "", "no memory");
        bus_refuse(request, &problem);
    }
}
