#include "agent/work/serve.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/fetched.h"
#include "agent/options.h"
#include "agent/state.h"
#include "agent/watch/report.h"
#include "agent/work/activity.h"
#include "agent/work/backups/backups.h"
#include "agent/work/effects.h"
#include "agent/work/loading.h"
#include "agent/work/people/people.h"
#include "agent/work/place.h"
#include "agent/work/runs/cgroup.h"
#include "agent/work/runs/files.h"
#include "agent/work/updating.h"
#include "agent/work/watches.h"
#include "agent/work/work.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/problem.h"

#define STAY_MS 3000        /* what is due so soon is waited for; a start costs 30 ms of CPU */
#define LOOK_MS (60 * 1000) /* while something runs: hours, freezes by hand and clocks change without a sign */
/* The carrier wakes us when they have come; the server may not have them yet */
#define FILES_AGAIN_MS (5 * 60 * 1000)
#define OVER_KEPT_MS 86400000 /* a task that is over stays known to `report` for a day */

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
    int64_t again_ms = now_ms + LOOK_MS;
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
        return begin(work, held, occurrence) ? now_ms + LOOK_MS : now_ms;
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

/* One task or update. Returns when to look again. */
static int64_t look_at(struct work *work, struct held *held, int64_t now_ms)
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

/* Documents whose time is over, and what is known of their versions: once a signed time is beyond it as well. Our own
 * clock may be put back, and what it had let us forget would be good and unknown again. A freeze has no end of its own.
 */
static void tidy(struct work *work, int64_t now_ms)
{
    for (size_t i = work->n_held; i-- > 0;) {
        struct held *held = work->held[i];
        int64_t until_ms = held->progress.keep_until_ms;
        if (!held->run && held_head(held)->kind != DOCUMENT_KIND_FREEZE && now_ms >= until_ms + OVER_KEPT_MS &&
            knowledge_floor(&work->knowledge) >= until_ms)
            work_drop(work, held);
    }
}

static void receive(struct work *work, int64_t *next_ms, int64_t now_ms)
{
    struct problem problem;
    int64_t again_ms;
    if (post_receive(work->post, taking_deal, taking_refused, work, &again_ms, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "work.no-mail", &problem);
        again_ms = LOOK_MS;
    }
    if (again_ms != INT64_MAX && now_ms + again_ms < *next_ms)
        *next_ms = now_ms + again_ms;
}

/* A freeze ends what runs as well. A policy that cannot be read now takes no other freeze away. */
static void mind_freeze(struct work *work)
{
    struct problem problem;
    if (!work->n_runs)
        return;
    (void)judging_policy(work, &problem);
    if (!judging_frozen(work, &problem))
        return;
    for (size_t i = 0; i < work->n_held; i++)
        running_stop(work, work->held[i]);
    backups_freeze(work);
}

static void keep_time(struct work *work)
{
    struct problem problem;
    if (knowledge_keep_time(&work->knowledge, &problem))
        log_problem(LOG_LEVEL_ERROR, "work.cannot-keep", &problem);
}

/* The last word: one that ends without it was cut off. */
static void say_next(int64_t next_ms)
{
    char line[64];
    int length = next_ms == INT64_MAX ? snprintf(line, sizeof(line), "idle\n")
                                      : snprintf(line, sizeof(line), "next %lld\n", (long long)next_ms);
    if (write(STDOUT_FILENO, line, (size_t)length) != length)
        log_debug("work.nobody-listens");
}

static void leave_until(struct work *work, int64_t next_ms)
{
    say_next(next_ms);
    loop_stop(work->loop);
}

static void look(void *arg)
{
    struct work *work = arg;
    int64_t now_ms = knowledge_now(&work->knowledge, clock_wall_ms()), next_ms = INT64_MAX;
    if (work->leaving)
        return;
    receive(work, &next_ms, now_ms);
    keep_time(work);
    updating_look(work);
    mind_freeze(work);
    if (!work->updating)
        tidy(work, now_ms);
    activity_settle();
    watches_keep(work);
    watches_send(work);
    bool again = false;
    for (size_t i = 0; i < work->n_held; i++) {
        effects_look(work, work->held[i]);
        int64_t at_ms = look_at(work, work->held[i], now_ms);
        telling_delivered(work, work->held[i]);
        again = again || at_ms <= now_ms;
        next_ms = at_ms < next_ms ? at_ms : next_ms;
    }
    int64_t backup_ms = backups_look(work, now_ms);
    again = again || backup_ms <= now_ms;
    next_ms = backup_ms < next_ms ? backup_ms : next_ms;
    if (!work->n_runs)
        reporting_look(work); /* at most once for all that happened meanwhile */
    if (again)
        work_look(work);
    else if (!work->n_runs && next_ms > now_ms + STAY_MS)
        leave_until(work, next_ms);
    else
        loop_timer_set(work->due, (next_ms - now_ms < LOOK_MS ? next_ms - now_ms : LOOK_MS) * 1000);
}

void work_look(struct work *work)
{
    loop_timer_set(work->due, 0);
}

static void mail_came(void *arg, uint32_t events)
{
    (void)events;
    struct work *work = arg;
    char notes[4096];
    while (read(work->inotify, notes, sizeof(notes)) > 0)
        continue;
    work_look(work);
}

static void leave(void *arg)
{
    struct work *work = arg;
    work->leaving = true;
    running_leave(work);
    backups_leave(work);
    loop_stop(work->loop);
}

static int watch_mail(struct work *work, struct problem *problem)
{
    char path[64];
    post_in_path(work->post, path, sizeof(path));
    work->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (work->inotify < 0 || inotify_add_watch(work->inotify, path, IN_MOVED_TO | IN_CLOSE_WRITE) < 0 ||
        !loop_watch(work->loop, work->inotify, EPOLLIN, mail_came, work))
        return problem_errno(problem, "no-mail", path, "cannot watch the mail");
    /* None there: the resident watches nothing yet, and starts us when it does. */
    snprintf(path, sizeof(path), "/proc/self/fd/%d/" REPORT_DIR, work->state);
    inotify_add_watch(work->inotify, path, IN_MOVED_TO);
    return 0;
}

static int open_all(struct work *work, struct problem *problem)
{
    char ours[16];
    work->loop = loop_new();
    work->due = work->loop ? loop_timer(work->loop, look, work) : NULL;
    work->people = work->due ? people_new(work->loop, asking_answered, work) : NULL;
    if (!work->people)
        return problem_errno(problem, "no-memory", "", "cannot make the loop");
    loop_signal(work->loop, SIGTERM, leave, work);
    loop_signal(work->loop, SIGINT, leave, work);
    signal(SIGPIPE, SIG_IGN);
    /* What a runner that was killed leaves behind comes to us, and goes with us. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    cgroup_open();
    snprintf(ours, sizeof(ours), "%.8s-", post_fingerprint(work->post));
    cgroup_tidy(ours);
    return watch_mail(work, problem);
}

int work_run(const struct options *options, char **argv)
{
    (void)argv;
    static struct work work;
    static char policy[PATH_MAX], targets[PATH_MAX], state[PATH_MAX];
    struct problem problem;
    log_open("agent-work", LOG_LEVEL_INFO);
    if (options->policy)
        work.policy_path = realpath(options->policy, policy) ? policy : options->policy;
    if (options->targets)
        work.targets_path = realpath(options->targets, targets) ? targets : options->targets;
    work.state_path = realpath(options->state, state) ? state : options->state;
    work.installed = state_is_installed(options->state);
    if (place_enter(options, &work.state, &problem) || place_lock(&problem) || place_answers(options, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "work.cannot-start", &problem);
        return 1;
    }
    if (!home_exists()) {
        say_next(INT64_MAX); /* it trusts nobody: there is nothing that could be done */
        return 0;
    }
    if (loading_load(&work, &problem) || post_settle(work.post, &problem) || open_all(&work, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "work.cannot-start", &problem);
        return 1;
    }
    running_interrupted(&work);
    backups_load(&work);
    work_look(&work);
    loop_run(work.loop);
    people_free(work.people);
    backups_free(&work);
    post_close(work.post);
    activity_close();
    return 0;
}
