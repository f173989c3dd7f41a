#include "services/alert/watch.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/metrics.h"
#include "lib/program.h"
#include "services/alert/alerts.h"
#include "services/alert/announce.h"
#include "services/alert/kept.h"
#include "services/alert/rules.h"
#include "services/alert/schema.h"

#define TICK_MS 1000
#define HEARD_MS 5000  /* of audit's heartbeats, which come each second, four in a row are missing */
#define GRACE_MS 15000 /* a producer finds a restarted audit within seconds, and drains at once */
#define FORGET_PERIOD_MS 3600000
#define DAY_MS INT64_C(86400000)
#define EVENTS_A_COMMIT 2048 /* bounds what a crash makes us read again */
#define JUDGEMENTS_A_TURN 16 /* of CHANGES_MAX alerts each: a fifth of a second */

struct watch {
    struct program *program;
    struct records *records;
    struct announce *announce;
    struct rules rules;
    struct bus_subscription *subscription;
    unsigned uncommitted;
    bool caught_up;   /* with the log, once; the log has told which alerts reached it */
    bool audit_takes; /* at the last tick */
    bool stopped;
    int64_t judge_from_ms;                /* monotonic; put off by each connection to the log and while audit is away */
    int64_t forget_at_ms;                 /* monotonic */
    uint64_t opened, resolved, unwatched; /* metrics */
    struct changes changes;
};

static struct instant now(void)
{
    return (struct instant){ .wall_ms = clock_wall_ms(), .mono_ms = clock_mono_ms() };
}

static void log_change(const struct change *change, uint64_t alert)
{
    if (change->opened)
        log_warning("alert.opened", LOG_INT("alert", alert), LOG_TEXT("kind", kind_words[change->kind]),
            LOG_TEXT("subject", change->subject));
    else
        log_info("alert.resolved", LOG_INT("alert", alert), LOG_TEXT("kind", kind_words[change->kind]),
            LOG_TEXT("subject", change->subject));
}

/* Durable first, then announced. */
static void apply(struct watch *watch)
{
    for (size_t i = 0; i < watch->changes.n; i++) {
        const struct change *change = &watch->changes.items[i];
        uint64_t alert = alerts_change(watch->records, change, clock_wall_ms());
        log_change(change, alert);
        if (watch->caught_up)
            announce_add(watch->announce, alert, !change->opened);
        if (change->opened)
            watch->opened++;
        else
            watch->resolved++;
    }
}

static void judge(struct watch *watch)
{
    int64_t mono_ms = clock_mono_ms();
    bool more = watch->caught_up && mono_ms >= watch->judge_from_ms;
    for (int i = 0; more && i < JUDGEMENTS_A_TURN; i++) {
        more = rules_judge(&watch->rules, mono_ms, &watch->changes);
        apply(watch);
    }
}

static void commit(struct watch *watch)
{
    records_settle(watch->records);
    watch->uncommitted = 0;
    announce_go(watch->announce);
}

static void take_old(void *arg, uint64_t alert, bool resolved)
{
    struct watch *watch = arg;
    announce_add(watch->announce, alert, resolved);
}

/* The first time, the log has told of every alert that reached it: the others are announced now. */
static void caught_up(struct watch *watch)
{
    if (!watch->caught_up)
        alerts_each_unlogged(watch->records, take_old, watch);
    watch->caught_up = true;
    watch->judge_from_ms = clock_mono_ms() + GRACE_MS;
}

static void take_event(void *arg, const struct bus_event *event)
{
    struct watch *watch = arg;
    struct observation seen;
    struct instant at = now();
    if (!event) {
        caught_up(watch);
        return;
    }
    kept_set_cursor(watch->records, event->class, event->place + 1);
    if (event->class == CLASS_ALERT) {
        announce_seen(watch->announce, event);
    } else if (event->event >= 0 && observe(event, &seen)) {
        kept_observe(watch->records, &seen);
        if (rules_observe(&watch->rules, &seen, &at))
            watch->unwatched++;
    }
    if (++watch->uncommitted >= EVENTS_A_COMMIT)
        commit(watch);
}

/* Once a turn of the loop: what its events changed becomes durable together. */
static void settle(void *arg)
{
    struct watch *watch = arg;
    if (watch->stopped)
        return;
    judge(watch);
    commit(watch);
}

static void subscribe(struct watch *watch)
{
    const struct bus_filter filter = { .classes = 1u << CLASS_FLEET | 1u << CLASS_ALERT };
    uint64_t from[CLASS_COUNT] = {
        [CLASS_FLEET] = kept_cursor(watch->records, CLASS_FLEET),
        [CLASS_ALERT] = kept_cursor(watch->records, CLASS_ALERT),
    };
    struct problem problem;
    watch->subscription = bus_subscribe(watch->program->bus, &filter, from, take_event, watch, &problem);
    if (!watch->subscription)
        log_problem(LOG_LEVEL_ERROR, "alert.subscribe_failed", &problem);
}

/* Audit is well for us: it takes our events, and its heartbeats come. */
static bool audit_is_there(const struct watch *watch, const struct bus_outbox_state *outbox, int64_t mono_ms)
{
    return outbox->audit_takes &&
           (!watch->subscription || mono_ms - bus_subscription_heard_ms(watch->subscription) < HEARD_MS);
}

static void tick(void *arg)
{
    struct watch *watch = arg;
    struct bus_outbox_state outbox;
    int64_t mono_ms = clock_mono_ms();
    if (watch->stopped)
        return;
    bus_outbox_state(watch->program->bus, &outbox);
    /* The log knows what we announced before only when our outbox has drained into it. */
    if (!watch->subscription && !outbox.waiting)
        subscribe(watch);
    watch->audit_takes = audit_is_there(watch, &outbox, mono_ms);
    if (!watch->audit_takes)
        watch->judge_from_ms = mono_ms + GRACE_MS;
    rules_judge_audit(&watch->rules, watch->audit_takes, mono_ms, &watch->changes);
    apply(watch);
    if (mono_ms >= watch->forget_at_ms) {
        alerts_forget(watch->records, clock_wall_ms() - ALERTS_KEPT_DAYS * DAY_MS);
        watch->forget_at_ms = mono_ms + FORGET_PERIOD_MS;
    }
}

static void register_metrics(const struct watch *watch)
{
    metric_counter("opened_total", NULL, "alerts opened", &watch->opened);
    metric_counter("resolved_total", NULL, "alerts resolved", &watch->resolved);
    metric_counter("unwatched_total", NULL, "events about agents or sites beyond the limits", &watch->unwatched);
}

struct watch *watch_start(struct program *program, struct problem *problem)
{
    struct watch *watch = calloc(1, sizeof(*watch));
    const struct settings_alert *settings = &program->settings.alert;
    struct instant at = now();
    if (!watch) {
        problem_set(problem, "no-memory", "", "no memory");
        return NULL;
    }
    watch->program = program;
    rules_open(&watch->rules, (uint32_t)settings->offline_after_s, (uint32_t)settings->audit_silent_s);
    watch->records = records_open("alert/alert.db", alert_schema, NULL, problem);
    if (!watch->records || kept_load(watch->records, &watch->rules, &at, problem))
        goto fail;
    watch->announce = announce_new(program->bus, watch->records);
    if (!watch->announce) {
        problem_set(problem, "no-memory", "", "no memory");
        goto fail;
    }
    register_metrics(watch);
    loop_every(program->loop, TICK_MS, tick, watch);
    loop_before_wait(program->loop, settle, watch);
    return watch;
fail:
    watch_free(watch);
    return NULL;
}

void watch_stop(struct watch *watch)
{
    settle(watch);
    watch->stopped = true;
    bus_unsubscribe(watch->subscription);
    watch->subscription = NULL;
}

void watch_free(struct watch *watch)
{
    if (!watch)
        return;
    announce_free(watch->announce);
    records_close(watch->records);
    rules_free(&watch->rules);
    free(watch);
}

bool watch_healthy(const struct watch *watch, char reason[201])
{
    bool follows = watch->caught_up && watch->audit_takes;
    if (!follows)
        snprintf(reason, 201, "not caught up with the log: nothing is judged");
    return follows;
}

struct records *watch_records(struct watch *watch)
{
    return watch->records;
}

struct rules *watch_rules(struct watch *watch)
{
    return &watch->rules;
}
