#include <string.h>

#include "agent/health.h"
#include "agent/inventory.h"
#include "agent/mail.h"
#include "agent/resident.h"
#include "lib/clock.h"
#include "lib/files.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/problem.h"

void mailing_set(struct resident *resident)
{
    if (resident->leaving || resident->retired)
        return;
    int64_t due_ms = plan_mail_ms(&resident->plan), after_ms = due_ms - clock_mono_ms();
    if (due_ms == INT64_MAX)
        loop_timer_clear(resident->mail_due);
    else
        loop_timer_set(resident->mail_due, after_ms > 0 ? after_ms * 1000 : 0);
}

void mailing_news(struct resident *resident, bool anyway)
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

static void mail_due(void *arg)
{
    struct resident *resident = arg;
    struct problem problem;
    plan_begun(&resident->plan, clock_mono_ms());
    if (carrier_busy(&resident->carrier)) {
        carrier_nudge(&resident->carrier);
    } else if (carrier_start(&resident->carrier, resident->instance, NULL, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "agent.no-mail", &problem);
        plan_failed(&resident->plan, clock_mono_ms(), dice());
        mailing_set(resident);
    }
}

void mailing_woken(void *arg)
{
    struct resident *resident = arg;
    if (!resident->policy.server_may_wake || resident->leaving)
        return;
    log_debug("agent.woken");
    plan_woken(&resident->plan, clock_mono_ms(), dice());
    mailing_set(resident);
}

void mailing_outgoing(void *arg)
{
    struct resident *resident = arg;
    if (resident->leaving || resident->retired)
        return;
    if (carrier_busy(&resident->carrier)) {
        carrier_nudge(&resident->carrier);
        return;
    }
    plan_outgoing(&resident->plan, clock_mono_ms());
    mailing_set(resident);
}

void mailing_look(struct resident *resident)
{
    if (!carrier_busy(&resident->carrier) && mail_waits(MAIL_OUT_DIR))
        mailing_outgoing(resident);
}

void mailing_greeted(void *arg)
{
    struct resident *resident = arg;
    plan_greeted(&resident->plan, clock_mono_ms(), dice());
    mailing_set(resident);
}

void mailing_unreachable(void *arg)
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
        resident_hello(resident);
}

/* The server has accepted counters that we do not know of: this state directory is an older copy. Go on above them,
 * and prove with the nonce that it is we who ask. */
static void catch_up(struct resident *resident, const struct outcome *outcome)
{
    struct problem problem;
    log_warning("agent.counter-behind", LOG_INT("counter", resident->counter.next),
        LOG_INT("accepted", outcome->counter), LOG_TEXT("meaning", "the state directory was restored, or copied"));
    if (counter_rise(&resident->counter, outcome->counter, &problem) || mail_note_restored(&problem)) {
        log_problem(LOG_LEVEL_ERROR, "agent.cannot-catch-up", &problem);
        return;
    }
    strcpy(resident->nonce, outcome->nonce);
    carrier_dismiss(&resident->carrier);
}

/* The nonce goes with a delivery of its own: the one before has ended. */
static void prove(struct resident *resident)
{
    struct problem problem;
    if (carrier_start(&resident->carrier, resident->instance, resident->nonce, &problem))
        log_problem(LOG_LEVEL_ERROR, "agent.cannot-catch-up", &problem);
    else
        resident->proving = true;
    *resident->nonce = '\0';
}

static void delivered(struct resident *resident, const struct outcome *outcome)
{
    bool proved = resident->proving;
    resident->proving = false;
    if (*resident->mail_trouble)
        log_info("agent.mail-again", LOG_TEXT("after", resident->mail_trouble));
    *resident->mail_trouble = '\0';
    plan_delivered(&resident->plan, clock_mono_ms(), dice());
    health_say(true);
    follow(resident, outcome->address);
    /* Once in a row: behind again at once means a twin, and two would chase each other. */
    if (proved)
        resident_beat(resident, 0);
    else if (outcome->counter >= resident->counter.next)
        catch_up(resident, outcome);
}

void mailing_retired(struct resident *resident)
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
        mailing_retired(resident);
    } else if (strcmp(resident->mail_trouble, outcome->code)) {
        log_warning("agent.mail-failed", LOG_TEXT("code", outcome->code), LOG_TEXT("reason", outcome->reason));
        strcpy(resident->mail_trouble, outcome->code);
    }
}

/* What only HTTPS tells (address, counter) stays as it is. */
static void carried(struct resident *resident, const char *carrier)
{
    if (strcmp(resident->mail_trouble, carrier))
        log_info("agent.mail-carried", LOG_TEXT("by", carrier));
    strcpy(resident->mail_trouble, carrier);
    plan_carried(&resident->plan, resident->came, clock_mono_ms(), dice());
    health_say(true);
}

static void mail_done(void *arg, const struct outcome *outcome)
{
    struct resident *resident = arg;
    if (outcome->delivered)
        delivered(resident, outcome);
    else if (*outcome->carried)
        carried(resident, outcome->carried);
    else
        refused(resident, outcome);
    resident->came = false;
    mailing_set(resident);
}

static void mail_arrived(void *arg)
{
    struct resident *resident = arg;
    resident->came = true;
    worker_wake(&resident->worker);
}

static void carrier_ended(void *arg, bool again)
{
    struct resident *resident = arg;
    if (resident->leaving || resident->retired)
        return;
    if (*resident->nonce)
        prove(resident);
    else if (again)
        mailing_outgoing(resident);
}

int mailing_open(struct resident *resident, struct problem *problem)
{
    instance_make(resident->instance);
    resident->carrier.arrived = mail_arrived;
    resident->carrier.done = mail_done;
    resident->carrier.ended = carrier_ended;
    resident->carrier.arg = resident;
    resident->mail_due = loop_timer(resident->loop, mail_due, resident);
    if (!resident->mail_due)
        return problem_errno(problem, "no-memory", "", "cannot make a timer");
    return carrier_open(&resident->carrier, resident->loop, problem);
}

void mailing_close(struct resident *resident)
{
    carrier_close(&resident->carrier);
    loop_timer_free(resident->carrier.limit);
    loop_timer_free(resident->mail_due);
}
