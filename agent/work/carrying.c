/* What is due: carried out, waited with, or passed over. */
#include "agent/fetched.h"
#include "agent/work/runs/files.h"
#include "agent/work/updating.h"
#include "agent/work/work.h"
#include "lib/log.h"
#include "lib/problem.h"

/* The carrier wakes us when they have come; the server may not have them yet */
#define FILES_AGAIN_MS (5 * 60 * 1000)

static void end_task(struct held *held)
{
    struct problem problem;
    held->progress.over = true;
    if (progress_save(&held->progress, &problem))
        log_problem(LOG_LEVEL_ERROR, "work.cannot-keep", &problem);
}

/* An occurrence that is not carried out, for good; 0: the task, which is done once. */
static void pass_over(
    struct work *work, struct held *held, int64_t occurrence, enum run_state state, const struct problem *problem)
{
    held->progress.asked_ms = 0;
    if (occurrence)
        held->progress.last_ms = occurrence;
    else
        held->progress.over = true;
    ending_without_run(work, held, occurrence, state, problem);
}

static void give_up(struct work *work, struct held *held, int64_t occurrence, const struct problem *problem)
{
    telling_note_refused(held, NULL, problem);
    pass_over(work, held, occurrence, RUN_STATE_REFUSED, problem);
}

/* An update ends what runs, so it waits for that; what is due meanwhile waits for the update. */
static bool has_to_wait(struct work *work, const struct held *held)
{
    if (held_head(held)->kind != DOCUMENT_KIND_UPDATE)
        return work->n_runs >= RUNS_MAX || work->update_waits;
    work->update_waits = work->n_runs > 0;
    return work->update_waits;
}

static bool is_here(const struct work *work, const struct held *held, struct files_ask *ret_ask)
{
    if (held_head(held)->kind == DOCUMENT_KIND_TASK)
        return files_are_here(work->post, &held->document.body.task, ret_ask);
    if (held_head(held)->kind == DOCUMENT_KIND_RESTORE)
        return true;
    const struct document_package *package = held->document.body.update.package;
    return files_is_here(work->post, package->sha256, package->bytes, ret_ask);
}

/* By whatever way they come: the carrier is told to fetch, or the server asked to send. */
static bool have_files(struct work *work, const struct held *held)
{
    struct files_ask ask = { 0 };
    if (is_here(work, held, &ask))
        return true;
    const struct envelope_wanted wanted = {
        .file_sha256 = ask.sha256, .offset = ask.offset, .wanted_bytes = FETCHED_ASK_BYTES
    };
    if (ask.sha256 && !telling_send(work, ENVELOPE_WANTED, &wanted))
        files_asked(work->post, &ask);
    telling_out();
    return false;
}

/* -1: it could not be written down, and so was not begun: the disk is full, perhaps. */
static int begin(struct work *work, struct held *held, int64_t occurrence)
{
    if (held_head(held)->kind != DOCUMENT_KIND_UPDATE)
        return running_start(work, held, occurrence);
    updating_start(work, held);
    return 0;
}

/* It is due now. Returns when to look again; INT64_MAX: something else will say. */
static int64_t carry_out(struct work *work, struct held *held, int64_t occurrence, int64_t now_ms)
{
    struct problem problem;
    int64_t again_ms = now_ms + WORK_LOOK_MS;
    if (has_to_wait(work, held))
        return INT64_MAX;
    if (judging_judge(work, held, NULL, &problem)) {
        give_up(work, held, occurrence, &problem);
        return now_ms;
    }
    int64_t away_ms = judging_hours_away_ms(&work->policy.hours, now_ms);
    if (away_ms)
        return away_ms == INT64_MAX ? INT64_MAX : now_ms + away_ms;
    if (!have_files(work, held))
        return now_ms + FILES_AGAIN_MS;
    enum asking asking = asking_for(work, held, occurrence, now_ms, &again_ms, &problem);
    if (asking == ASKING_GO)
        return begin(work, held, occurrence) ? now_ms + WORK_LOOK_MS : now_ms;
    if (asking == ASKING_NO)
        give_up(work, held, occurrence, &problem);
    return asking == ASKING_WAIT ? again_ms : now_ms;
}

static void miss(struct work *work, struct held *held, int64_t occurrence, const char *code, const char *reason)
{
    struct problem problem;
    problem_set(&problem, code, "", "%s", reason);
    telling_note(work, "missed", held, reason);
    pass_over(work, held, occurrence, RUN_STATE_EXPIRED, &problem);
}

int64_t carrying_look(struct work *work, struct held *held, int64_t now_ms)
{
    const struct progress *progress = &held->progress;
    int64_t last_ms = progress->last_ms ? progress->last_ms : progress->since_ms, when_ms = INT64_MAX;
    int kind = held_head(held)->kind;
    bool begins = kind == DOCUMENT_KIND_TASK || kind == DOCUMENT_KIND_UPDATE || kind == DOCUMENT_KIND_RESTORE;
    if (held->run || progress->over || !begins || work->updating)
        return INT64_MAX;
    switch (due_when(&held->plan, last_ms, progress->begun, now_ms, &when_ms)) {
    case DUE_LATER:
        return when_ms;
    case DUE_NOW:
        return carry_out(work, held, when_ms, now_ms);
    case DUE_PASSED:
        miss(work, held, when_ms, "missed", "the machine was away when it was due");
        return now_ms;
    case DUE_EXPIRED:
        miss(work, held, 0, "expired", "it was not begun before it expired");
        return INT64_MAX;
    case DUE_OVER:
        end_task(held);
        return INT64_MAX;
    }
    return INT64_MAX;
}
