#include "agent/work/serve.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <unistd.h>

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
#include "agent/work/updating.h"
#include "agent/work/watches.h"
#include "agent/work/work.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/problem.h"

#define STAY_MS 3000          /* what is due so soon is waited for; a start costs 30 ms of CPU */
#define OVER_KEPT_MS 86400000 /* a task that is over stays known to `report` for a day */

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
        again_ms = WORK_LOOK_MS;
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
        int64_t at_ms = carrying_look(work, work->held[i], now_ms);
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
        loop_timer_set(work->due, (next_ms - now_ms < WORK_LOOK_MS ? next_ms - now_ms : WORK_LOOK_MS) * 1000);
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
    work.policy_path = options_whole(options->policy, policy);
    work.targets_path = options_whole(options->targets, targets);
    work.state_path = options_whole(options->state, state);
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
