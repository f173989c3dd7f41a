/*
 * The resident: beats every 15 s, answers wakes by having mail fetched, reports the machine when it changes. It sleeps
 * between beats; everything that can block or takes memory is done by vedette-agent-carry.
 */
#include "agent/run.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "agent/beat.h"
#include "agent/carrier.h"
#include "agent/counter.h"
#include "agent/inventory.h"
#include "agent/options.h"
#include "agent/plan.h"
#include "agent/policy.h"
#include "agent/state.h"
#include "lib/clock.h"
#include "lib/files.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/problem.h"
#include "lib/program.h"

#define GOODBYES 3 /* one may be lost, and nobody would send it again */
#define GOODBYE_APART_US 20000
#define INVENTORY_EVERY_BEATS 60 /* look for changes every 15 min, when we are awake anyway */

struct resident {
    struct loop *loop;
    struct identity identity;
    struct agent_keys keys;
    struct counter counter;
    struct policy policy;
    const char *policy_path;
    char instance[INSTANCE_BYTES]; /* random for each start: two at a time are a copied identity */
    char address[64];              /* "" until mail arrived once */
    struct heart heart;
    struct carrier carrier;
    struct plan plan;
    struct loop_timer *beat_due, *mail_due;
    unsigned beats, goodbyes;
    bool leaving, retired, proving; /* proving: the mail under way answers a nonce */
    char last_trouble[65];          /* code of the last failed delivery: the same is not logged again and again */
};

static uint32_t dice(void)
{
    uint32_t number;
    crypto_random(&number, sizeof(number));
    return number;
}

static void set_mail_timer(struct resident *resident)
{
    if (resident->leaving || resident->retired || carrier_busy(&resident->carrier))
        return;
    int64_t after_ms = plan_mail_ms(&resident->plan) - clock_mono_ms();
    loop_timer_set(resident->mail_due, after_ms > 0 ? after_ms * 1000 : 0);
}

static uint8_t wishes(const struct resident *resident)
{
    return resident->policy.server_may_wake ? BEAT_MAIL_WANTED : 0;
}

static void beat(struct resident *resident, uint8_t flags)
{
    struct problem problem;
    if (counter_top_up(&resident->counter, &problem))
        log_problem(LOG_LEVEL_ERROR, "agent.cannot-reserve", &problem);
    if (heart_beat(&resident->heart, flags, &problem))
        log_problem(LOG_LEVEL_WARNING, "agent.no-beat", &problem);
}

static void look_for_news(struct resident *resident, bool anyway)
{
    struct problem problem;
    bool spooled = false;
    if (!resident->policy.inventory)
        inventory_unspool();
    else if (inventory_spool(anyway, &spooled, &problem))
        log_problem(LOG_LEVEL_WARNING, "agent.no-inventory", &problem);
    if (spooled)
        plan_news(&resident->plan, clock_mono_ms(), dice());
}

static void beat_due(void *arg)
{
    struct resident *resident = arg;
    if (resident->leaving) {
        beat(resident, BEAT_GOODBYE);
        if (++resident->goodbyes == GOODBYES)
            loop_stop(resident->loop);
        else
            loop_timer_set(resident->beat_due, GOODBYE_APART_US);
        return;
    }
    loop_timer_set(resident->beat_due, (int64_t)BEAT_PERIOD_MS * 1000);
    bool probe = plan_probes(&resident->plan, clock_mono_ms(), dice());
    beat(resident, wishes(resident) | (probe ? BEAT_PROBE : 0));
    if (++resident->beats % INVENTORY_EVERY_BEATS == 0)
        look_for_news(resident, false);
    set_mail_timer(resident);
}

/* The first beat; the second at any time within a period, so that a site does not beat in step after a power cut. */
static void say_hello(struct resident *resident)
{
    beat(resident, BEAT_HELLO | wishes(resident));
    loop_timer_set(resident->beat_due, (int64_t)(dice() % BEAT_PERIOD_MS) * 1000);
}

static void mail_due(void *arg)
{
    struct resident *resident = arg;
    struct problem problem;
    if (carrier_busy(&resident->carrier))
        return;
    plan_begun(&resident->plan, clock_mono_ms());
    if (carrier_start(&resident->carrier, resident->instance, NULL, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "agent.no-mail", &problem);
        plan_failed(&resident->plan, clock_mono_ms(), dice());
        set_mail_timer(resident);
    }
}

static void woken(void *arg)
{
    struct resident *resident = arg;
    if (!resident->policy.server_may_wake || resident->leaving)
        return;
    log_debug("agent.woken");
    plan_woken(&resident->plan, clock_mono_ms(), dice());
    set_mail_timer(resident);
}

static void greeted(void *arg)
{
    struct resident *resident = arg;
    plan_greeted(&resident->plan, clock_mono_ms(), dice());
    set_mail_timer(resident);
}

static void unreachable(void *arg)
{
    struct resident *resident = arg;
    plan_lost(&resident->plan, clock_mono_ms());
}

/* Mail got through to an address: beats go there too, and it is kept for the next start. */
static void follow(struct resident *resident, const char *address)
{
    struct problem problem;
    if (!strcmp(resident->address, address))
        return;
    bool first = !*resident->address;
    if (heart_aim(&resident->heart, address, &problem)) {
        log_problem(LOG_LEVEL_WARNING, "agent.bad-address", &problem);
        return;
    }
    strcpy(resident->address, address);
    log_info("agent.server", LOG_TEXT("address", address), LOG_INT("port", resident->identity.beat_port));
    if (file_write(ADDRESS_FILE, address, strlen(address), 0600, &problem))
        log_problem(LOG_LEVEL_WARNING, "agent.cannot-keep", &problem);
    if (first)
        say_hello(resident);
}

/* The server has accepted counters that we do not know of: this state directory is an older copy. Go on above them,
 * and prove with the nonce that it is we who ask. */
static void catch_up(struct resident *resident, const struct outcome *outcome)
{
    struct problem problem;
    log_warning("agent.counter-behind", LOG_INT("counter", resident->counter.next),
        LOG_INT("accepted", outcome->counter), LOG_TEXT("meaning", "the state directory was restored, or copied"));
    if (counter_rise(&resident->counter, outcome->counter, &problem) ||
        carrier_start(&resident->carrier, resident->instance, outcome->nonce, &problem))
        log_problem(LOG_LEVEL_ERROR, "agent.cannot-catch-up", &problem);
    else
        resident->proving = true;
}

static void delivered(struct resident *resident, const struct outcome *outcome)
{
    bool proved = resident->proving;
    resident->proving = false;
    if (*resident->last_trouble)
        log_info("agent.mail-again", LOG_TEXT("after", resident->last_trouble));
    *resident->last_trouble = '\0';
    plan_delivered(&resident->plan, clock_mono_ms(), dice());
    follow(resident, outcome->address);
    /* Once in a row: behind again at once means a twin, and two would chase each other. */
    if (proved)
        beat(resident, wishes(resident));
    else if (outcome->counter >= resident->counter.next)
        catch_up(resident, outcome);
}

static void retire(struct resident *resident)
{
    struct problem problem;
    resident->retired = true;
    loop_timer_clear(resident->beat_due);
    loop_timer_clear(resident->mail_due);
    heart_close(&resident->heart);
    if (file_write(RETIRED_FILE, "", 0, 0600, &problem))
        log_problem(LOG_LEVEL_WARNING, "agent.cannot-keep", &problem);
    log_error("agent.retired", LOG_INT("agent", resident->identity.agent),
        LOG_TEXT("meaning",
            "the server has retired this agent: no more beats; `enrol --again` with a new token joins as another"));
}

static void refused(struct resident *resident, const struct outcome *outcome)
{
    resident->proving = false;
    plan_failed(&resident->plan, clock_mono_ms(), dice());
    if (!strcmp(outcome->code, "retired")) {
        retire(resident);
    } else if (strcmp(resident->last_trouble, outcome->code)) {
        log_warning("agent.mail-failed", LOG_TEXT("code", outcome->code), LOG_TEXT("reason", outcome->reason));
        strcpy(resident->last_trouble, outcome->code);
    }
}

static void mail_done(void *arg, const struct outcome *outcome)
{
    struct resident *resident = arg;
    if (outcome->delivered)
        delivered(resident, outcome);
    else
        refused(resident, outcome);
    set_mail_timer(resident);
}

static void leave(void *arg)
{
    struct resident *resident = arg;
    if (resident->leaving)
        return;
    resident->leaving = true;
    carrier_close(&resident->carrier);
    loop_timer_clear(resident->mail_due);
    log_info("agent.leaving");
    if (resident->heart.fd < 0)
        loop_stop(resident->loop);
    else
        beat_due(resident);
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

static int open_all(struct resident *resident, struct problem *problem)
{
    instance_make(resident->instance);
    resident->loop = loop_new();
    if (!resident->loop)
        return problem_errno(problem, "no-memory", "", "cannot make the loop");
    resident->beat_due = loop_timer(resident->loop, beat_due, resident);
    resident->mail_due = loop_timer(resident->loop, mail_due, resident);
    if (!resident->beat_due || !resident->mail_due)
        return problem_errno(problem, "no-memory", "", "cannot make a timer");
    resident->heart = (struct heart){ .loop = resident->loop,
        .identity = &resident->identity,
        .keys = &resident->keys,
        .counter = &resident->counter,
        .woken = woken,
        .greeted = greeted,
        .unreachable = unreachable,
        .arg = resident,
        .fd = -1 };
    resident->carrier.done = mail_done;
    resident->carrier.arg = resident;
    loop_signal(resident->loop, SIGTERM, leave, resident);
    loop_signal(resident->loop, SIGINT, leave, resident);
    loop_signal(resident->loop, SIGHUP, reload, resident);
    return carrier_open(&resident->carrier, resident->loop, problem);
}

static void begin(struct resident *resident)
{
    struct problem problem;
    log_info("agent.started", LOG_TEXT("version", vedette_version), LOG_INT("agent", resident->identity.agent),
        LOG_TEXT("server", resident->identity.server));
    if (resident->retired) {
        retire(resident);
        return;
    }
    plan_start(&resident->plan, resident->policy.server_may_wake, clock_mono_ms(), dice());
    look_for_news(resident, true);
    if (*resident->address && heart_aim(&resident->heart, resident->address, &problem)) {
        log_problem(LOG_LEVEL_WARNING, "agent.bad-address", &problem);
        *resident->address = '\0';
    }
    if (*resident->address)
        say_hello(resident);
    else
        resident->plan.due_ms = clock_mono_ms(); /* nobody hears us before mail has found the server */
    set_mail_timer(resident);
}

static void close_all(struct resident *resident)
{
    struct problem problem;
    carrier_close(&resident->carrier);
    heart_close(&resident->heart);
    if (counter_save(&resident->counter, &problem))
        log_problem(LOG_LEVEL_WARNING, "agent.cannot-keep", &problem);
    loop_timer_free(resident->beat_due);
    loop_timer_free(resident->mail_due);
    loop_timer_free(resident->carrier.limit);
    loop_free(resident->loop);
    crypto_forget(&resident->keys, sizeof(resident->keys));
}

int agent_run(const struct options *options, char **argv)
{
    (void)argv;
    static struct resident resident;
    struct problem problem;
    /* Whole, because a reload comes after we have entered the state directory. */
    char path[PATH_MAX];
    if (options->policy)
        resident.policy_path = realpath(options->policy, path) ? path : options->policy;
    log_open("agent", LOG_LEVEL_INFO);
    if (policy_find(resident.policy_path, &resident.policy, &problem) || state_enter(options->state, &problem) ||
        read_state(&resident, &problem) || open_all(&resident, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "agent.cannot-start", &problem);
        return 1;
    }
    begin(&resident);
    loop_run(resident.loop);
    close_all(&resident);
    log_info("agent.stopped");
    return 0;
}
