#include "services/scheduler/runs/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "services/scheduler/delivery/deliveries.h"
#include "services/scheduler/delivery/remembered.h"
#include "services/scheduler/documents/documents.h"
#include "services/scheduler/documents/state.h"
#include "services/scheduler/news.h"
#include "services/scheduler/runs/chains.h"
#include "services/scheduler/runs/occurrence.h"
#include "services/scheduler/runs/output.h"
#include "services/scheduler/runs/restores.h"
#include "services/scheduler/runs/runs.h"
#include "services/scheduler/runs/state.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/tell.h"

#define EXPIRED_A_TICK 500
#define DOCUMENTS_A_TICK 50
#define TRIES_MAX 3 /* of a document whose receipt an agent could not compare: proofs cross what it says of itself */
#define GRACE_MS 3600000 /* what an agent did before a document's end may take its time to come */

/* The run comes into a state at a time. */
static void move(
    struct scheduler *scheduler, const struct paper *paper, struct run *run, enum run_state state, int64_t time_ms)
{
    run->state = state;
    run->since_ms = time_ms;
    if (state == RUN_STATE_RUNNING)
        run->started_ms = time_ms;
    run->ended_ms = run_state_ended(state) ? time_ms : 0;
    runs_update(scheduler->records, run);
    scheduler->counts.runs[state]++;
    tell_run(scheduler, paper, run);
}

static void note_outcome(struct run *run, const struct envelope_run *said)
{
    run->has_exit_status = said->has_exit_status;
    run->exit_status = said->exit_status;
    run->has_signal = said->has_signal;
    run->signal = said->signal;
    snprintf(run->code, sizeof(run->code), "%s", said->code ? said->code : "");
    snprintf(run->reason, sizeof(run->reason), "%s", said->reason ? said->reason : "");
    run->output_cut = run->output_cut || (said->has_output_cut && said->output_cut);
}

/* An agent's run of a document that was sent to it; of a recurring one it may be the first that is heard of it. Times at
 * which it was never due would fill the database, each with its output. */
static bool find_run(struct scheduler *scheduler, uint32_t agent, const char *document, uint32_t version,
    uint64_t occurrence, struct paper *ret_paper, struct run *ret)
{
    struct records *records = scheduler->records;
    if (!documents_find(records, document, -1, version, ret_paper) ||
        !deliveries_known(records, ret_paper->number, agent))
        return false;
    if (runs_find(records, ret_paper->number, agent, occurrence, ret))
        return true;
    if (!occurrence_is_due(records, ret_paper, occurrence, clock_wall_ms()))
        return false;
    runs_add(records, ret_paper->number, agent, occurrence, 0, clock_wall_ms());
    return runs_find(records, ret_paper->number, agent, occurrence, ret);
}

/* The proof that went along is not from what it remembers, and it has said by now what that is. */
static bool goes_again(
    struct scheduler *scheduler, uint32_t agent, const struct envelope_run *said, const struct paper *paper)
{
    if (said->run_state != RUN_STATE_REFUSED || !said->code || strcmp(said->code, "no-consistency") ||
        !deliveries_again(scheduler->records, paper->number, agent, TRIES_MAX))
        return false;
    remembered_correct(scheduler->records, agent);
    scheduler_look(scheduler);
    return true;
}

/* -1: it cannot be kept now; what never can be is left out. */
static int keep_output(
    struct scheduler *scheduler, struct run *run, uint64_t offset, const char *text, struct problem *problem)
{
    size_t length = strlen(text), room = length / 4 * 3 + 1, bytes;
    void *data = malloc(room);
    if (!data)
        return problem_set(problem, "no-memory", "", "no memory for a piece of output");
    int error = 0;
    if (!crypto_unbase64(text, length, data, room, &bytes))
        error = output_append(scheduler->records, run, offset, data, bytes,
            (uint64_t)scheduler->program.settings.scheduler.output_run_bytes, problem);
    free(data);
    return error;
}

int progress_report(
    struct scheduler *scheduler, uint32_t agent, const struct envelope_run *said, struct problem *problem)
{
    struct paper paper;
    struct run run;
    if (!find_run(scheduler, agent, said->document, said->document_version, said->occurrence, &paper, &run)) {
        log_warning("run.unknown", LOG_INT("agent", agent), LOG_TEXT("document", said->document));
        return 0;
    }
    uint64_t output_bytes = run.output_bytes;
    if (said->data && keep_output(scheduler, &run, said->offset, said->data, problem))
        return -1;
    bool changed = run_chains_take(scheduler, &paper, &run, said) || run.output_bytes != output_bytes;
    if (run_state_follows(run.state, (enum run_state)said->run_state) && !goes_again(scheduler, agent, said, &paper)) {
        note_outcome(&run, said);
        move(scheduler, &paper, &run, (enum run_state)said->run_state, said->time);
        if (paper.kind == DOCUMENT_KIND_MOVE && run.state == RUN_STATE_DONE)
            news_moved(scheduler, &paper, agent);
    } else if (changed) {
        runs_update(scheduler->records, &run);
    }
    return 0;
}

int progress_output(
    struct scheduler *scheduler, uint32_t agent, const struct envelope_output *said, struct problem *problem)
{
    struct paper paper;
    struct run run;
    if (!find_run(scheduler, agent, said->document, 0, said->occurrence, &paper, &run)) {
        log_warning("output.unknown", LOG_INT("agent", agent), LOG_TEXT("document", said->document));
        return 0;
    }
    if (keep_output(scheduler, &run, said->offset, said->data, problem))
        return -1;
    runs_update(scheduler->records, &run);
    return 0;
}

void progress_restore(struct scheduler *scheduler, uint32_t agent, const struct envelope_restore_run *said)
{
    struct paper paper;
    struct run run;
    if (find_run(scheduler, agent, said->document, said->document_version, 0, &paper, &run) &&
        paper.kind == DOCUMENT_KIND_RESTORE)
        restores_note(scheduler->records, paper.number, said);
    else
        log_warning("restore.unknown", LOG_INT("agent", agent), LOG_TEXT("document", said->document));
}

void progress_unreachable(struct scheduler *scheduler, const struct delivery *delivery, const struct problem *problem)
{
    struct paper paper;
    struct run run;
    if (delivery->what != DELIVERY_DOCUMENT || !documents_get(scheduler->records, delivery->number, &paper) ||
        !runs_find(scheduler->records, delivery->number, delivery->agent, 0, &run) || run_state_ended(run.state))
        return;
    snprintf(run.code, sizeof(run.code), "%s", problem->code);
    snprintf(run.reason, sizeof(run.reason), "%.200s", problem->reason);
    move(scheduler, &paper, &run, RUN_STATE_FAILED, clock_wall_ms());
}

/* What has not gone out by then does not go. Runs get their grace. */
static void expire_documents(struct scheduler *scheduler, int64_t now_ms)
{
    int64_t numbers[DOCUMENTS_A_TICK];
    size_t n = documents_ending(scheduler->records, now_ms, numbers, DOCUMENTS_A_TICK);
    struct paper paper;
    for (size_t i = 0; i < n; i++) {
        if (!documents_get(scheduler->records, numbers[i], &paper) ||
            document_state_at(paper.kind, paper.state, paper.expires_ms, now_ms) != DOCUMENT_STATE_EXPIRED)
            continue;
        deliveries_withdraw(scheduler->records, paper.number);
        documents_state(scheduler->records, paper.number, DOCUMENT_STATE_EXPIRED);
        log_info("document.expired", LOG_TEXT("document", paper.document));
    }
}

static void expire(struct scheduler *scheduler, int64_t now_ms)
{
    struct run *runs = calloc(EXPIRED_A_TICK, sizeof(*runs));
    size_t n = runs ? runs_expired(scheduler->records, now_ms - GRACE_MS, runs, EXPIRED_A_TICK) : 0;
    struct paper paper;
    for (size_t i = 0; i < n; i++) {
        if (documents_get(scheduler->records, runs[i].number, &paper))
            move(scheduler, &paper, &runs[i], RUN_STATE_EXPIRED, now_ms);
    }
    free(runs);
}

static void stop_rollout(struct scheduler *scheduler, const struct paper *paper, uint64_t failed, int64_t now_ms)
{
    deliveries_withdraw(scheduler->records, paper->number);
    runs_end_unsent(scheduler->records, paper->number, RUN_STATE_CANCELLED, now_ms);
    documents_state(scheduler->records, paper->number, DOCUMENT_STATE_STOPPED);
    tell_stopped(scheduler, paper, (uint32_t)failed);
    log_warning("rollout.stopped", LOG_TEXT("document", paper->document), LOG_INT("failed", failed));
}

/* The lowest ring that is held of a document; the one before it is the newest that is out. */
static void judge_ring(struct scheduler *scheduler, int64_t number, uint32_t held, int64_t now_ms)
{
    struct paper paper;
    struct rollout_seen seen;
    if (!documents_get(scheduler->records, number, &paper))
        return;
    const struct rollout rollout = { .stop_failures = paper.stop_failures };
    runs_seen(scheduler->records, number, held - 1, &seen);
    switch (rollout_judge(&rollout, &seen)) {
    case ROLLOUT_WAIT:
        return;
    case ROLLOUT_NEXT:
        deliveries_release(scheduler->records, number, held);
        scheduler_look(scheduler);
        return;
    case ROLLOUT_STOP:
        stop_rollout(scheduler, &paper, seen.failed, now_ms);
        return;
    }
}

void progress_tick(struct scheduler *scheduler)
{
    int64_t now_ms = clock_wall_ms(), number = 0;
    uint32_t ring;
    expire_documents(scheduler, now_ms);
    expire(scheduler, now_ms);
    while (deliveries_next_held(scheduler->records, number, &number, &ring))
        judge_ring(scheduler, number, ring, now_ms);
}
