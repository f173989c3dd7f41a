#include "agent/work/backups/backups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/work/backups/backing.h"
#include "agent/work/backups/backup_telling.h"
#include "agent/work/work.h"
#include "lib/log.h"
#include "lib/problem.h"

#define TRIES_MAX 5            /* of one that is cut off again and again: something about it ends us */
#define TELL_AGAIN_MS 60000    /* the mail is full */
#define KEPT_MS ORDER_AHEAD_MS /* an id is remembered for so long after it could be begun no more */

static void keep(const struct ordered *ordered)
{
    struct problem problem;
    if (ordered_save(ordered, &problem))
        log_problem(LOG_LEVEL_ERROR, "work.cannot-keep", &problem);
}

static void end(struct work *work, struct ordered *ordered, enum backup_state how, const struct problem *problem)
{
    const struct held *plan = work_find(work, ordered->order.body.document);
    ordered->state = ORDERED_ENDED;
    ordered->end = how;
    if (problem) {
        snprintf(ordered->code, sizeof(ordered->code), "%s", problem->code);
        telling_sentence(ordered->reason, problem->reason);
    }
    keep(ordered);
    if (how == BACKUP_STATE_REFUSED)
        telling_note_refused(plan, "a backup", problem);
    else
        backup_note(work, ordered, backup_state_words[how], *ordered->reason ? ordered->reason : NULL);
    work_look(work);
}

static void progressed(void *arg, const struct backup_said *said, const struct backup_said *expected)
{
    struct work *work = arg;
    backup_tell_progress(work, said, expected);
}

static void stopped_by_us(struct work *work, struct ordered *ordered)
{
    struct problem problem;
    if (!work->backup.stopped_code) {
        /* We end, and the next of us takes it up again. */
        log_info("work.backup-cut-off", LOG_TEXT("backup", ordered->order.body.backup));
        return;
    }
    problem_set(&problem, work->backup.stopped_code, "", "%s", work->backup.stopped_reason);
    end(work, ordered, BACKUP_STATE_FAILED, &problem);
}

static void ended(void *arg, const struct backup_said *said, bool stopped)
{
    struct work *work = arg;
    struct ordered *ordered = work->backup.running;
    struct problem problem;
    work->backup.running = NULL;
    work->backup.backing = NULL;
    work->n_runs--;
    if (said->word != BACKUP_SAYS_DONE && stopped) {
        stopped_by_us(work, ordered);
        return;
    }
    ordered->files = said->files;
    ordered->content_bytes = said->content_bytes;
    ordered->new_bytes = said->new_bytes;
    if (said->word == BACKUP_SAYS_DONE && !backup_take_commit(ordered, &problem)) {
        end(work, ordered, BACKUP_STATE_DONE, NULL);
        return;
    }
    if (said->word != BACKUP_SAYS_DONE)
        problem_set(&problem, said->code, "", "%s", said->reason);
    end(work, ordered, BACKUP_STATE_FAILED, &problem);
}

static void stop_running(struct work *work, const char *code, const char *reason)
{
    work->backup.stopped_code = code;
    work->backup.stopped_reason = reason;
    backing_stop(work->backup.backing);
}

/* Durable before anything is begun. */
static int write_down(struct ordered *ordered, struct problem *problem)
{
    ordered->state = ORDERED_BEGUN;
    ordered->tries++;
    return ordered_save(ordered, problem);
}

static void begin(struct work *work, const struct held *plan, struct ordered *ordered)
{
    const struct backing_told told = { progressed, ended, work };
    struct problem problem;
    bool again = ordered->state == ORDERED_BEGUN;
    if (write_down(ordered, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "work.cannot-keep", &problem);
        return;
    }
    backup_begin_telling(work, ordered);
    work->backup.stopped_code = NULL;
    work->backup.backing = backing_start(work, plan, ordered, &told, &problem);
    if (!work->backup.backing) {
        end(work, ordered, BACKUP_STATE_FAILED, &problem);
        return;
    }
    work->backup.running = ordered;
    work->n_runs++;
    backup_note(work, ordered, "started", again ? "again, where it was cut off" : NULL);
    backup_tell_state(work, ordered, BACKUP_STATE_RUNNING, NULL);
}

/* May it still be begun, by its plan as it is now? */
static int may_begin(struct work *work, const struct ordered *ordered, const struct held *plan, struct problem *problem)
{
    if (!plan || plan->progress.over)
        return problem_set(problem, "no-plan", "", "this machine holds no such plan any more");
    if (held_head(plan)->version != ordered->order.body.document_version)
        return problem_set(problem, "other-version", "", "another version of the plan took its place");
    return judging_judge(work, plan, NULL, problem);
}

static bool is_late(const struct ordered *ordered, int64_t now_ms, struct problem *problem)
{
    const struct backup_order *body = &ordered->order.body;
    bool again = ordered->state == ORDERED_BEGUN;
    if (now_ms <= (again ? body->expires : body->begin_by))
        return false;
    problem_set(problem, "late-order", "", again ? "it was cut off, and there is no time to take it up again"
                                                 : "it could not be begun in time");
    return true;
}

/* One whose turn it is. Returns when to look again; now_ms: at once. */
static int64_t try_to_begin(struct work *work, struct ordered *ordered, int64_t now_ms)
{
    const struct held *plan = work_find(work, ordered->order.body.document);
    struct problem problem;
    if (is_late(ordered, now_ms, &problem)) {
        end(work, ordered, BACKUP_STATE_FAILED, &problem);
        return now_ms;
    }
    if (ordered->tries >= TRIES_MAX) {
        problem_set(&problem, "interrupted", "", "it was cut off %u times, and is not begun again", ordered->tries);
        end(work, ordered, BACKUP_STATE_FAILED, &problem);
        return now_ms;
    }
    if (may_begin(work, ordered, plan, &problem)) {
        end(work, ordered, BACKUP_STATE_REFUSED, &problem);
        return now_ms;
    }
    int64_t away_ms = judging_hours_away_ms(&work->policy.backup_hours, now_ms),
            last_ms = ordered->order.body.begin_by + 1;
    if (away_ms) {
        backup_tell_waits(work, ordered);
        return away_ms > last_ms - now_ms ? last_ms : now_ms + away_ms;
    }
    begin(work, plan, ordered);
    return now_ms;
}

/* The one that was cut off, else the one that was ordered first. */
static struct ordered *choose(const struct work *work)
{
    struct ordered *chosen = NULL;
    for (size_t i = 0; i < work->backup.n; i++) {
        struct ordered *one = work->backup.all[i];
        if (one->state > ORDERED_BEGUN)
            continue;
        if (!chosen || one->state > chosen->state ||
            (one->state == chosen->state && one->order.body.ordered_at < chosen->order.body.ordered_at))
            chosen = one;
    }
    return chosen;
}

static void forget(struct work *work, size_t i)
{
    ordered_remove(work->backup.all[i]);
    ordered_free(work->backup.all[i]);
    work->backup.all[i] = work->backup.all[--work->backup.n];
}

/* The floor of time says so, too: our own clock may be put back, and the order would be good again. */
static void tidy(struct work *work, int64_t now_ms)
{
    for (size_t i = work->backup.n; i-- > 0;) {
        const struct ordered *ordered = work->backup.all[i];
        if (ordered->state == ORDERED_TOLD && now_ms > ordered->order.body.begin_by + KEPT_MS &&
            knowledge_floor(&work->knowledge) > ordered->order.body.begin_by)
            forget(work, i);
    }
}

static bool has_to_wait(const struct work *work)
{
    return work->backup.running || work->updating || work->update_waits || work->leaving || work->n_runs >= RUNS_MAX;
}

int64_t backups_look(struct work *work, int64_t now_ms)
{
    int64_t next_ms = INT64_MAX;
    tidy(work, now_ms);
    for (size_t i = 0; i < work->backup.n; i++) {
        if (work->backup.all[i]->state == ORDERED_ENDED && backup_tell_end(work, work->backup.all[i]))
            next_ms = now_ms + TELL_AGAIN_MS;
    }
    struct ordered *chosen = choose(work);
    if (!chosen)
        return next_ms;
    if (has_to_wait(work)) {
        for (size_t i = 0; work->backup.running && i < work->backup.n; i++) {
            if (work->backup.all[i]->state == ORDERED_TAKEN)
                backup_tell_waits(work, work->backup.all[i]);
        }
        return next_ms;
    }
    int64_t at_ms = try_to_begin(work, chosen, now_ms);
    return at_ms < next_ms ? at_ms : next_ms;
}

struct ordered *backups_find(const struct work *work, const char *backup)
{
    for (size_t i = 0; i < work->backup.n; i++) {
        if (!strcmp(work->backup.all[i]->order.body.backup, backup))
            return work->backup.all[i];
    }
    return NULL;
}

void backups_stop(struct work *work, const struct envelope_backup_stop *message)
{
    struct problem problem;
    struct ordered *ordered = backups_find(work, message->backup);
    if (!ordered || ordered->state > ORDERED_BEGUN)
        return;
    if (ordered == work->backup.running) {
        stop_running(work, "cancelled", "it was stopped by the server while it ran");
        return;
    }
    problem_set(&problem, "cancelled", "", "it was stopped by the server before it began");
    end(work, ordered, BACKUP_STATE_FAILED, &problem);
}

void backups_end_plan(struct work *work, const struct held *plan, const char *code, const char *reason)
{
    struct ordered *running = work->backup.running;
    if (running && !strcmp(running->order.body.document, held_head(plan)->document))
        stop_running(work, code, reason);
}

void backups_freeze(struct work *work)
{
    if (work->backup.running && !work->backup.stopped_code)
        stop_running(work, "frozen", "a freeze ended it");
}

void backups_leave(struct work *work)
{
    if (work->backup.running)
        backing_stop(work->backup.backing);
}

void backups_load(struct work *work)
{
    work->backup.n = ordered_load_all(work->backup.all);
    for (size_t i = 0; i < work->backup.n; i++) {
        if (work->backup.all[i]->state == ORDERED_BEGUN)
            backup_note(work, work->backup.all[i], "interrupted", "it is taken up again");
    }
}

void backups_free(struct work *work)
{
    for (size_t i = 0; i < work->backup.n; i++)
        ordered_free(work->backup.all[i]);
    work->backup.n = 0;
}
