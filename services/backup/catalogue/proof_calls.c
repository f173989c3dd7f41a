/* proof.report, and words that do not come. */
#include "lib/clock.h"
#include "services/backup/backup.h"
#include "services/backup/catalogue/proofs.h"
#include "services/backup/tell.h"

#define AHEAD_MS (5 * 60000)                 /* the clock of who reports may be so much before ours */
#define PROMISE_MS (92LL * 24 * 3600 * 1000) /* nobody says that a quarter of a year may pass without a word */
#define LATE_A_TICK 64

void proofs_tick(struct backup *backup)
{
    struct proof_late late[LATE_A_TICK];
    if (clock_mono_ms() < backup->judge_from_ms)
        return;
    size_t n = proofs_late(backup->records, clock_wall_ms(), late, LATE_A_TICK);
    for (size_t i = 0; i < n && !tell_proof_late(backup, &late[i]); i++)
        proofs_told(backup->records, &late[i]);
}

static int check(struct backup *backup, const struct call_proof_report *in, struct problem *problem)
{
    struct agent_known agent;
    int64_t now_ms = clock_wall_ms();
    bool known = agents_get(backup->records, in->agent, &agent);
    if (!known && !backup->roster.whole_ms)
        return problem_set(problem, "later", "agent", "it is not known yet who the agents are");
    if (!known)
        return problem_set(problem, "not-found", "agent", "there is no agent %u", in->agent);
    if (in->time > now_ms + AHEAD_MS)
        return problem_set(problem, "bad-field", "time", "it is not that late yet: look at the clock");
    if (in->has_next_by && (in->next_by < in->time || in->next_by > now_ms + PROMISE_MS))
        return problem_set(problem, "bad-field", "next_by", "the next word is to come within 92 days");
    if (in->time < proofs_word(backup->records, in))
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
    if (check(backup, in, &problem)) {
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
