#include "services/alert/output/follower.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus/bus.h"
#include "lib/log.h"
#include "lib/place.h"
#include "lib/program.h"
#include "lib/records.h"
#include "services/alert/output/rows.h"
#include "services/alert/output/text.h"

struct follower *follower_new(struct program *program, struct records *records, struct output *output)
{
    struct follower *follower = calloc(1, sizeof(*follower));
    if (!follower)
        return NULL;
    follower->output = *output;
    follower->program = program;
    follower->records = records;
    memcpy(follower->wanted, output->next, sizeof(follower->wanted));
    *output = (struct output){ 0 };
    return follower;
}

void follower_free(struct follower *follower)
{
    if (!follower)
        return;
    worker_free(follower->worker);
    output_release(&follower->output);
    free(follower);
}

static void set_cursor(struct follower *follower, int class, uint64_t next)
{
    if (follower->output.next[class] == next)
        return;
    follower->output.next[class] = next;
    rows_set_cursor(follower->records, follower->output.id, (enum class) class, next);
}

/* With nothing on its way, what was read has arrived or is not for this output. */
static void move_cursor(struct follower *follower)
{
    const struct worker_report *report = &follower->report;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (!(follower->output.classes & 1u << class))
            continue;
        if (!report->waiting)
            set_cursor(follower, class, follower->wanted[class]);
        else if (report->next[class])
            set_cursor(follower, class, report->next[class]);
    }
}

static void pause_reading(struct follower *follower)
{
    for (int class = 0; class < CLASS_COUNT && follower->subscription; class ++) {
        if (follower->wanted[class] == BUS_FROM_NOW)
            follower->wanted[class] = bus_subscription_next(follower->subscription, (enum class) class);
    }
    bus_unsubscribe(follower->subscription);
    follower->subscription = NULL;
    follower->caught_up = false;
}

static void refresh(struct follower *follower)
{
    worker_report(follower->worker, &follower->report);
    move_cursor(follower);
}

/* From then on nothing is missed, and that is durable before anybody relies on it. */
void follower_begin(struct follower *follower)
{
    output_begun *begun = follower->begun;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (follower->output.classes & 1u << class && follower->output.next[class] == BUS_FROM_NOW)
            return;
    }
    if (!begun)
        return;
    follower->begun = NULL;
    records_settle(follower->records);
    begun(follower->begun_arg, NULL, &follower->output);
}

static void caught_up(struct follower *follower)
{
    follower->caught_up = true;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (!(follower->output.classes & 1u << class))
            continue;
        follower->wanted[class] = bus_subscription_next(follower->subscription, (enum class) class);
        if (follower->output.next[class] == BUS_FROM_NOW)
            set_cursor(follower, class, follower->wanted[class]);
    }
    refresh(follower);
    follower_begin(follower);
}

/* 0: dealt with. -1: no room. */
static int hand_over(struct follower *follower, const struct bus_event *event)
{
    struct text text;
    struct problem problem;
    if (text_read(event->json, event->json_bytes, &text, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "output.entry_unreadable", &problem);
        return 0;
    }
    int full = worker_add(follower->worker, event->class, event->place, &text);
    text_free(&text);
    return full;
}

static void take_event(void *arg, const struct bus_event *event)
{
    struct follower *follower = arg;
    if (!event) {
        caught_up(follower);
        return;
    }
    if (follower->output.next[event->class] == BUS_FROM_NOW)
        set_cursor(follower, event->class, event->place);
    follower->wanted[event->class] = event->place;
    if (hand_over(follower, event))
        pause_reading(follower);
    else
        follower->wanted[event->class] = event->place + 1;
}

static void read_on(struct follower *follower)
{
    const struct output *output = &follower->output;
    const struct bus_filter filter = {
        .classes = output->classes,
        .tenant = *output->tenant ? output->tenant : NULL,
        .least_sev = output->least_sev,
        .types = output->types,
    };
    struct problem problem;
    follower->subscription =
        bus_subscribe(follower->program->bus, &filter, follower->wanted, take_event, follower, &problem);
    if (!follower->subscription)
        log_problem(LOG_LEVEL_ERROR, "output.subscribe_failed", &problem);
}

static void changed(void *arg)
{
    struct follower *follower = arg;
    refresh(follower);
    if (!follower->subscription && !follower->ending && follower->report.waiting < WORKER_EVENTS_MAX / 2)
        read_on(follower);
}

static void worker_ended(void *arg)
{
    struct follower *follower = arg;
    refresh(follower);
    worker_free(follower->worker);
    follower->worker = NULL;
    follower->report = (struct worker_report){ 0 };
    follower->ending = false;
    follower->ended(follower->arg, follower);
}

void follower_start(struct follower *follower)
{
    if (!follower->output.enabled || follower->worker)
        return;
    /* What the last worker did not deliver is read again. */
    memcpy(follower->wanted, follower->output.next, sizeof(follower->wanted));
    const struct worker_options options = {
        .loop = follower->program->loop,
        .output = &follower->output,
        .host = follower->program->settings.common.public_name,
        .changed = changed,
        .ended = worker_ended,
        .arg = follower,
    };
    follower->worker = worker_start(&options);
    if (follower->worker)
        read_on(follower);
    else
        log_error("output.worker_failed", LOG_TEXT("output", follower->output.name));
}

void follower_stop(struct follower *follower)
{
    if (follower->worker && !follower->ending) {
        pause_reading(follower);
        follower->ending = true;
        worker_stop(follower->worker);
    } else if (!follower->worker) {
        follower->ended(follower->arg, follower);
    }
}

static int emit_failing(const struct follower *follower, const struct event_about *about)
{
    const struct event_output_failing data = {
        .output = follower->output.name,
        .reason = follower->report.error,
        .since = follower->report.failing_since_ms,
    };
    return emit_output_failing(follower->program->bus, about, &data, NULL, NULL);
}

static int emit_recovered(const struct follower *follower, const struct event_about *about)
{
    const struct event_output_recovered data = { .output = follower->output.name };
    return emit_output_recovered(follower->program->bus, about, &data, NULL, NULL);
}

/* Once each: an event for every failed attempt would feed the very output that fails. */
static void tell_trouble(struct follower *follower, int64_t mono_ms)
{
    struct output *output = &follower->output;
    const struct worker_report *report = &follower->report;
    char subject[8 + OUTPUT_NAME_BYTES];
    snprintf(subject, sizeof(subject), "output/%s", output->name);
    const struct event_about about = { .subject = subject };
    bool failing = report->failing_since_ms != 0;
    bool long_enough =
        failing && mono_ms - report->failing_mono_ms >= follower->program->settings.alert.output_failing_s * 1000;
    bool told = output->told_failing;
    if (!told && long_enough)
        told = !emit_failing(follower, &about);
    else if (told && !failing && report->delivered)
        told = emit_recovered(follower, &about) != 0;
    if (told == output->told_failing)
        return;
    output->told_failing = told;
    rows_told_failing(follower->records, output->id, told);
}

void follower_tick(struct follower *follower, int64_t mono_ms)
{
    if (follower->ending)
        return;
    if (follower->worker)
        changed(follower);
    else
        follower_start(follower);
    tell_trouble(follower, mono_ms);
}

uint64_t follower_lag(const struct follower *follower, const uint64_t sizes[CLASS_COUNT])
{
    uint64_t lag = 0;
    if (follower->caught_up && !follower->report.waiting)
        return 0;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        uint64_t next = place_sequence(follower->output.next[class]), size = place_sequence(sizes[class]);
        if (follower->output.classes & 1u << class && next < size)
            lag += size - next;
    }
    return lag;
}
