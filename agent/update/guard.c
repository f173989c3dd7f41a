#include "agent/update/guard.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "agent/health.h"
#include "agent/options.h"
#include "agent/programs.h"
#include "agent/state.h"
#include "agent/update/trial.h"
#include "agent/work/activity.h"
#include "agent/work/place.h"
#include "agent/worker.h"
#include "contract.h"
#include "lib/log.h"
#include "lib/problem.h"

#define GUARD_LOCK_FILE "guard.lock"
#define LOOK_MS 200
#define AGAIN_MS 10000

struct guard {
    struct trial trial;
    struct update update;
};

static volatile sig_atomic_t told_to_end;

static void end(int signal)
{
    (void)signal;
    told_to_end = 1;
}

static void note(const struct guard *guard, const char *what, const char *detail)
{
    const struct update *update = &guard->update;
    activity_write(what, &(struct activity){ .kind = document_kind_words[DOCUMENT_KIND_UPDATE],
                             .document = update->document,
                             .version = update->document_version,
                             .detail = detail });
}

/* From one step to the next, durably, and said. */
static int reach(struct guard *guard, enum update_step step, struct problem *problem)
{
    char detail[UPDATE_REASON_BYTES + 2 * VERSION_BYTES + 8];
    struct update *update = &guard->update;
    update->step = step;
    if (update_save(update, problem))
        return -1;
    snprintf(
        detail, sizeof(detail), "%s to %s%s%s", update->from, update->to, *update->reason ? ": " : "", update->reason);
    note(guard, update_step_words[step], detail);
    log_info("guard.step", LOG_TEXT("step", update_step_words[step]), LOG_TEXT("from", update->from),
        LOG_TEXT("to", update->to), LOG_TEXT("reason", update->reason));
    return 0;
}

static int go_back(struct guard *guard, const struct problem *why, struct problem *problem)
{
    snprintf(guard->update.code, UPDATE_CODE_BYTES, "%s", why->code);
    snprintf(guard->update.reason, UPDATE_REASON_BYTES, "%.200s", why->reason);
    return reach(guard, UPDATE_ROLLED_BACK, problem);
}

/* A signal ends it early. */
static void nap(unsigned time_ms)
{
    const struct timespec pause = { time_ms / 1000, time_ms % 1000 * 1000000 };
    nanosleep(&pause, NULL);
}

/* Until it is known how the new version is. UPDATE_WAIT: we were told to end before. */
static enum update_verdict watch(struct guard *guard, struct problem *why)
{
    enum update_verdict verdict = UPDATE_WAIT;
    while (!told_to_end && verdict < UPDATE_IS_WELL) {
        nap(LOOK_MS);
        trial_look(&guard->trial, guard->update.to);
        verdict = update_judge(&guard->trial.seen, why);
        if (verdict == UPDATE_ASK_PREDECESSOR)
            trial_ask_predecessor(&guard->trial);
    }
    return verdict;
}

static int try(struct guard *guard, struct problem *problem)
{
    struct problem why;
    if (guard->update.trials >= UPDATE_TRIALS_MAX) {
        problem_set(&why, "update-cut-off", "", "the machine went down each time the new version was tried");
        return go_back(guard, &why, problem);
    }
    guard->update.trials++;
    if (update_save(&guard->update, problem))
        return -1;
    if (trial_start(&guard->trial, &why))
        return go_back(guard, &why, problem);
    switch (watch(guard, &why)) {
    case UPDATE_IS_WELL:
        return reach(guard, UPDATE_HEALTHY, problem);
    case UPDATE_IS_ILL:
        return go_back(guard, &why, problem);
    default:
        return 0;
    }
}

/* The version that is to run runs, and says nothing of an update any more. */
static int settle(struct guard *guard, struct problem *problem)
{
    if (guard->trial.installed && guard->update.step == UPDATE_ROLLED_BACK && trial_restart(problem))
        return -1;
    trial_end(&guard->trial);
    unlinkat(guard->trial.state_fd, HEALTH_FILE, 0);
    if (unlinkat(guard->trial.state_fd, UPDATING_FILE, 0))
        return problem_errno(problem, "bad-state", UPDATING_FILE, "cannot end the update");
    return 0;
}

static int act(struct guard *guard, enum update_act what, struct problem *problem)
{
    const struct update *update = &guard->update;
    switch (what) {
    case UPDATE_SWITCH:
        return programs_link(guard->trial.folder, PROGRAMS_CURRENT, update->to, problem);
    case UPDATE_NOTE_SWITCH:
        return reach(guard, UPDATE_SWITCHED, problem);
    case UPDATE_TRY:
        return try(guard, problem);
    case UPDATE_RAISE_FLOOR:
        return update_raise_floor(update->to, problem);
    case UPDATE_SWITCH_BACK:
        return programs_link(guard->trial.folder, PROGRAMS_CURRENT, update->from, problem);
    case UPDATE_UNMARK:
        return settle(guard, problem);
    case UPDATE_END:
        break;
    }
    return 0;
}

static enum update_act next(const struct guard *guard)
{
    char current[VERSION_BYTES];
    programs_linked(guard->trial.folder, PROGRAMS_CURRENT, current);
    const struct update_found found = { .links_to = !strcmp(current, guard->update.to),
        .floor_is_up = update_floor_is_up(guard->update.to),
        .marked = !faccessat(guard->trial.state_fd, UPDATING_FILE, F_OK, AT_SYMLINK_NOFOLLOW) };
    return update_next(&guard->update, &found);
}

/* To one of its ends, or until we are told to end ourselves: the next guard goes on. A disk may be full for a while. */
static void go_on(struct guard *guard)
{
    struct problem problem;
    enum update_act what;
    while (!told_to_end && (what = next(guard)) != UPDATE_END) {
        if (!act(guard, what, &problem))
            continue;
        log_problem(LOG_LEVEL_ERROR, "guard.stuck", &problem);
        nap(AGAIN_MS);
    }
}

/* A second one on the same machine has nothing to do. */
static int lock(void)
{
    int fd = open(GUARD_LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return fd < 0 ? -1 : flock(fd, LOCK_EX | LOCK_NB);
}

/* This process was the resident, and is again. */
static int become_resident(const struct guard *guard)
{
    char program[PATH_MAX];
    const struct trial *trial = &guard->trial;
    char current[VERSION_BYTES];
    programs_linked(trial->folder, PROGRAMS_CURRENT, current);
    /* None has been switched to yet: the version before, of which we are, is the one. */
    programs_path(trial->folder, *current ? PROGRAMS_CURRENT : PROGRAMS_PREVIOUS, "vedette-agent", program);
    char *const argv[] = { program, (char *)"run", (char *)"--state", (char *)trial->state,
        trial->policy ? (char *)"--policy" : NULL, (char *)trial->policy, NULL };
    signal(SIGPIPE, SIG_DFL);
    execv(program, argv);
    log_error("guard.no-resident", LOG_TEXT("program", program));
    return 1;
}

static int prepare(struct guard *guard, const struct options *options, struct problem *problem)
{
    static char policy[PATH_MAX], state[PATH_MAX];
    guard->trial.installed = state_is_installed(options->state);
    guard->trial.folder = guard->trial.installed ? PROGRAMS_INSTALLED : PROGRAMS_OWN;
    guard->trial.state = realpath(options->state, state);
    guard->trial.policy = options_whole(options->policy, policy);
    if (!guard->trial.state)
        return problem_errno(problem, "bad-state", options->state, "cannot find %s", options->state);
    return place_enter(options, &guard->trial.state_fd, problem);
}

int guard_command(const struct options *options, char **argv)
{
    (void)argv;
    static struct guard guard;
    struct problem problem;
    log_open("agent-guard", LOG_LEVEL_INFO);
    signal(SIGTERM, end);
    signal(SIGINT, end);
    signal(SIGPIPE, SIG_IGN);
    if (prepare(&guard, options, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "guard.cannot-start", &problem);
        return 1;
    }
    if (lock())
        return 0;
    int status = update_load(&guard.update, &problem);
    if (!status) {
        go_on(&guard);
        trial_end(&guard.trial);
    } else {
        /* Nothing is known of an update: whatever `current` leads to is what runs, for a machine that says nothing any
         * more is worse. */
        if (status < 0)
            log_problem(LOG_LEVEL_ERROR, "guard.no-update", &problem);
        unlinkat(guard.trial.state_fd, UPDATING_FILE, 0);
    }
    if (told_to_end)
        return 0;
    if (!guard.trial.installed)
        return become_resident(&guard);
    worker_ask();
    return 0;
}
