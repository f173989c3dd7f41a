/* And proof.report. */
#include "services/backup/proofs.h"

#include "lib/log.h"
#include "services/backup/backup.h"
#include "services/backup/snapshots.h"
#include "services/backup/tell.h"

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
}

int64_t proofs_newest(struct records *records, uint32_t agent, const char *backup)
{
    struct problem problem;
    struct db_rows *rows =
        records_checked(db_query(records_db(records), &problem,
                            "SELECT ifnull(max(time_ms), 0) FROM proof WHERE agent = ?1 AND (?2 IS NULL OR backup = ?2)"
                            " AND proof = 'restore' AND proven",
                            "is", (int64_t)agent, backup),
            &problem);
    int64_t time_ms = db_next(rows) ? db_int(rows, 0) : 0;
    records_finish(rows);
    return time_ms;
}

static void answer(void *request)
{
    answer_proof_report(request, &(struct call_proof_report_reply){ 0 });
}

void serve_proof_report(struct bus_request *request, const struct call_proof_report *in)
{
    struct backup *backup = backup_of(request);
    struct snapshot snapshot;
    struct problem problem;
    if (!snapshots_find(backup->records, in->agent, in->backup, &snapshot)) {
        problem_set(&problem, "not-found", "backup", "the catalogue has no such backup of agent %u", in->agent);
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
