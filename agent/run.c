/*
 * The resident: beats every 15 s, answers wakes by having mail fetched, reports the machine when it changes. It sleeps
 * between beats; everything that can block or takes memory is done by vedette-agent-carry.
 */
#include "agent/run.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "agent/health.h"
#include "agent/launch.h"
#include "agent/options.h"
#include "agent/resident.h"
#include "lib/clock.h"
#include "lib/files.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/problem.h"
#include "lib/version.h"

#define GOODBYES 3 /* one may be lost, and nobody would send it again */
#define GOODBYE_APART_US 20000
#define SECOND_BEAT_US 250000    /* behind the first on any way that is no satellite's */
#define INVENTORY_EVERY_BEATS 60 /* look for changes every 15 min, when we are awake anyway */

/* flags, and what the policy lets us wish for. */
void resident_beat(struct resident *resident, uint8_t flags)
{
    struct problem problem;
    if (resident->policy.server_may_wake && !resident->leaving)
        flags |= BEAT_MAIL_WANTED;
    if (state_has(UPDATING_FILE))
        flags = (uint8_t)((flags & ~BEAT_GOODBYE) | BEAT_UPDATING);
    bool reserved = !counter_top_up(&resident->counter, &problem);
    bool sent = !heart_beat(&resident->heart, flags, reserved ? &problem : NULL);
    if (reserved && sent) {
        *resident->beat_trouble = '\0';
    } else if (strcmp(resident->beat_trouble, problem.code)) {
        log_problem(LOG_LEVEL_WARNING, reserved ? "agent.no-beat" : "agent.cannot-reserve", &problem);
        snprintf(resident->beat_trouble, sizeof(resident->beat_trouble), "%s", problem.code);
    }
}

/* What came before root took a trust file lies in the mail, and a freeze may be among it. */
static void look_adopted(struct resident *resident)
{
    if (state_has(ADOPTED_FILE) && !unlink(ADOPTED_FILE))
        worker_wake(&resident->worker);
}

static void beat_due(void *arg)
{
    struct resident *resident = arg;
    if (resident->leaving) {
        resident_beat(resident, BEAT_GOODBYE);
        if (++resident->goodbyes == GOODBYES)
            loop_stop(resident->loop);
        else
            loop_timer_set(resident->beat_due, GOODBYE_APART_US);
        return;
    }
    loop_timer_set(
        resident->beat_due, (int64_t)(resident->introduced ? BEAT_PERIOD_MS : dice() % BEAT_PERIOD_MS) * 1000);
    resident->introduced = true;
    bool probe = plan_probes(&resident->plan, clock_mono_ms(), dice());
    resident_beat(resident, probe ? BEAT_PROBE : 0);
    mailing_look(resident);
    look_adopted(resident);
    if (++resident->beats % INVENTORY_EVERY_BEATS == 0)
        mailing_news(resident, false);
    mailing_set(resident);
}

/* The first beat. The server wakes nobody at an address that only one came from: the second follows soon, or the first
 * task would wait for it. The third comes at any time within a period, so that a site does not beat in step after a
 * power cut. */
void resident_hello(struct resident *resident)
{
    resident_beat(resident, BEAT_HELLO);
    resident->introduced = false;
    loop_timer_set(resident->beat_due, SECOND_BEAT_US);
}

static void leave(void *arg)
{
    struct resident *resident = arg;
    if (resident->leaving)
        return;
    resident->leaving = true;
    worker_close(&resident->worker);
    carrier_close(&resident->carrier);
    loop_timer_clear(resident->mail_due);
    log_info("agent.leaving");
    if (resident->heart.fd < 0)
        loop_stop(resident->loop);
    else
        beat_due(resident);
}

/* Another version lies ready: this process becomes the guard that tries it. */
static void update(void *arg)
{
    struct resident *resident = arg;
    if (resident->guarded || resident->leaving)
        return;
    resident->updates = true;
    leave(resident);
}

static void reload(void *arg)
{
    struct resident *resident = arg;
    struct problem problem;
    if (policy_find(resident->policy_path, &resident->policy, &problem))
        log_problem(LOG_LEVEL_ERROR, "agent.policy-not-changed", &problem);
    else
        log_info("agent.policy-read");
    resident->plan.may_wake = resident->policy.server_may_wake;
    watching_look(&resident->watching);
    worker_wake(&resident->worker); /* the server is told what holds now */
}

/* Two residents on one directory would use the same counters. The lock ends with the process. */
static int lock(struct problem *problem)
{
    int fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return problem_errno(problem, "bad-state", LOCK_FILE, "cannot open %s", LOCK_FILE);
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        close(fd);
        return problem_set(problem, "already-running", LOCK_FILE, "another vedette-agent runs on this state directory");
    }
    return 0;
}

static int read_state(struct resident *resident, struct problem *problem)
{
    char *address;
    size_t bytes;
    if (lock(problem) || keys_are_private(problem) || identity_load(&resident->identity, problem) ||
        keys_load(&resident->keys, problem) || counter_open(&resident->counter, problem))
        return -1;
    resident->retired = state_has(RETIRED_FILE);
    if (file_read(ADDRESS_FILE, sizeof(resident->address) - 1, &address, &bytes, NULL))
        return 0; /* the first mail will tell */
    strcpy(resident->address, address);
    free(address);
    return 0;
}

static void worked(void *arg)
{
    struct resident *resident = arg;
    watching_look(&resident->watching);
    mailing_outgoing(resident);
}

/* Work seals it. */
static void reported(void *arg)
{
    struct resident *resident = arg;
    worker_wake(&resident->worker);
}

static int open_all(struct resident *resident, struct problem *problem)
{
    resident->loop = loop_new();
    if (!resident->loop)
        return problem_errno(problem, "no-memory", "", "cannot make the loop");
    resident->beat_due = loop_timer(resident->loop, beat_due, resident);
    if (!resident->beat_due)
        return problem_errno(problem, "no-memory", "", "cannot make a timer");
    resident->heart = (struct heart){ .loop = resident->loop,
        .identity = &resident->identity,
        .keys = &resident->keys,
        .counter = &resident->counter,
        .woken = mailing_woken,
        .greeted = mailing_greeted,
        .unreachable = mailing_unreachable,
        .arg = resident,
        .fd = -1 };
    loop_signal(resident->loop, SIGTERM, leave, resident);
    loop_signal(resident->loop, SIGINT, leave, resident);
    loop_signal(resident->loop, SIGHUP, reload, resident);
    resident->worker = (struct worker){ .policy = resident->policy_path,
        .targets = resident->targets_path,
        .installed = state_is_installed("."),
        .out = worked,
        .update = update,
        .arg = resident };
    return worker_open(&resident->worker, resident->loop, problem) || mailing_open(resident, problem) ||
                   watching_open(&resident->watching, resident->loop, reported, resident, problem)
               ? -1
               : 0;
}

static void begin(struct resident *resident)
{
    struct problem problem;
    log_info("agent.started", LOG_TEXT("version", vedette_version), LOG_INT("agent", resident->identity.agent),
        LOG_TEXT("server", resident->identity.server));
    if (resident->retired) {
        mailing_retired(resident);
        return;
    }
    plan_start(&resident->plan, resident->policy.server_may_wake, clock_mono_ms(), dice());
    mailing_news(resident, true);
    worker_wake(&resident->worker); /* what was due while we were away, and what was cut off */
    if (*resident->address && heart_aim(&resident->heart, resident->address, &problem)) {
        log_problem(LOG_LEVEL_WARNING, "agent.bad-address", &problem);
        *resident->address = '\0';
    }
    if (*resident->address)
        resident_hello(resident);
    else
        resident->plan.due_ms = clock_mono_ms(); /* nobody hears us before mail has found the server */
    mailing_set(resident);
    if (!*resident->beat_trouble)
        health_say(false);
}

static void close_all(struct resident *resident)
{
    struct problem problem;
    watching_close(&resident->watching);
    mailing_close(resident);
    heart_close(&resident->heart);
    if (counter_save(&resident->counter, &problem))
        log_problem(LOG_LEVEL_WARNING, "agent.cannot-keep", &problem);
    loop_timer_free(resident->beat_due);
    loop_free(resident->loop);
    crypto_forget(&resident->keys, sizeof(resident->keys));
}

int agent_run(const struct options *options, char **argv)
{
    (void)argv;
    static struct resident resident;
    struct problem problem;
    /* Whole, because a reload comes after we have entered the state directory. */
    char path[PATH_MAX], targets[PATH_MAX];
    resident.policy_path = options_whole(options->policy, path);
    resident.targets_path = options_whole(options->targets, targets);
    log_open("agent", LOG_LEVEL_INFO);
    if (policy_find(resident.policy_path, &resident.policy, &problem) || state_enter(options->state, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "agent.cannot-start", &problem);
        return 1;
    }
    launch_right(options, resident.policy_path);
    resident.guarded = options->guarded;
    if (read_state(&resident, &problem) || open_all(&resident, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "agent.cannot-start", &problem);
        return 1;
    }
    begin(&resident);
    loop_run(resident.loop);
    close_all(&resident);
    log_info("agent.stopped");
    if (resident.updates)
        launch_guard(resident.policy_path);
    return 0;
}
