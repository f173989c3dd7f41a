#include "services/alert/output/outputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/files.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/program.h"
#include "services/alert/alerts.h"
#include "services/alert/output/follower.h"
#include "services/alert/output/gauges.h"
#include "services/alert/output/page.h"
#include "services/alert/output/rows.h"
#include "services/alert/output/trial.h"

#define TICK_MS 1000
#define BEGIN_LIMIT_MS 5000 /* a caller waits no longer than for the log itself */
#define MASTER_KEY "alert/master.key"
#define WRAP_KEY_LABEL "vedette alert output secret v1"

struct outputs {
    struct program *program;
    struct records *records;
    bool has_key;
    uint8_t key[SECRET_BYTES];
    struct follower *followers[OUTPUTS_MAX]; /* NULL: free */
    struct gauges gauges[OUTPUTS_MAX];
    struct page page;
    /* How long each class is: followed only while there are outputs. */
    struct bus_subscription *heads;
    uint64_t sizes[CLASS_COUNT];
    void (*stopped)(void *arg); /* set: everything ends */
    void *stopped_arg;
};

static void take_head(void *arg, const struct bus_event *event)
{
    struct outputs *outputs = arg;
    if (event)
        outputs->sizes[event->class] = event->place + 1;
    for (int class = 0; class < CLASS_COUNT && !event; class ++)
        outputs->sizes[class] = bus_subscription_next(outputs->heads, (enum class) class);
}

static void follow_heads(struct outputs *outputs)
{
    const struct bus_filter all = { .classes = (1u << CLASS_COUNT) - 1 };
    const uint64_t now[CLASS_COUNT] = { BUS_FROM_NOW, BUS_FROM_NOW, BUS_FROM_NOW, BUS_FROM_NOW };
    bool wanted = false;
    for (int i = 0; i < OUTPUTS_MAX; i++)
        wanted = wanted || outputs->followers[i];
    if (wanted == (outputs->heads != NULL) || outputs->stopped)
        return;
    bus_unsubscribe(outputs->heads);
    outputs->heads = wanted ? bus_subscribe(outputs->program->bus, &all, now, take_head, outputs, NULL) : NULL;
}

static struct follower **find(struct outputs *outputs, const char *name, struct problem *problem)
{
    for (int i = 0; i < OUTPUTS_MAX; i++) {
        struct follower **place = &outputs->followers[i];
        if (*place && !(*place)->removed && !strcmp((*place)->output.name, name))
            return place;
    }
    problem_set(problem, "unknown-output", "output", "there is no output %s", name);
    return NULL;
}

static bool all_ended(const struct outputs *outputs)
{
    for (int i = 0; i < OUTPUTS_MAX; i++) {
        if (outputs->followers[i] && outputs->followers[i]->worker)
            return false;
    }
    return true;
}

static void follower_ended(void *arg, struct follower *follower)
{
    struct outputs *outputs = arg;
    if (outputs->stopped) {
        if (all_ended(outputs))
            outputs->stopped(outputs->stopped_arg);
        return;
    }
    if (!follower->removed) {
        follower_start(follower); /* it may have been enabled again meanwhile */
        return;
    }
    for (int i = 0; i < OUTPUTS_MAX; i++) {
        if (outputs->followers[i] == follower)
            outputs->followers[i] = NULL;
    }
    follower_free(follower);
    follow_heads(outputs);
}

static struct follower *add(struct outputs *outputs, struct output *output, struct problem *problem)
{
    int place = 0;
    while (place < OUTPUTS_MAX && outputs->followers[place])
        place++;
    if (place == OUTPUTS_MAX) {
        problem_set(problem, "too-many", "", "there are %d outputs, and no more than that are served", OUTPUTS_MAX);
        return NULL;
    }
    struct follower *follower = follower_new(outputs->program, outputs->records, output);
    if (!follower) {
        problem_set(problem, "no-memory", "", "no memory");
        return NULL;
    }
    follower->ended = follower_ended;
    follower->arg = outputs;
    outputs->followers[place] = follower;
    return follower;
}

static void remove_follower(struct follower *follower)
{
    rows_remove(follower->records, follower->output.id);
    records_settle(follower->records);
    follower->removed = true;
    follower_stop(follower);
}

static void give_up_beginning(struct follower *follower)
{
    output_begun *begun = follower->begun;
    struct problem problem;
    follower->begun = NULL;
    problem_set(&problem, "log-unavailable", "", "the output cannot follow the log now; it was not added");
    begun(follower->begun_arg, &problem, NULL);
    remove_follower(follower);
}

static void tick(void *arg)
{
    struct outputs *outputs = arg;
    int64_t mono_ms = clock_mono_ms();
    if (outputs->stopped)
        return;
    follow_heads(outputs);
    struct alert_record silent;
    bool open = alerts_find_open(outputs->records, KIND_AUDIT_SILENT, &silent);
    page_tick(&outputs->page, open ? &silent : NULL, outputs->followers, mono_ms);
    for (int i = 0; i < OUTPUTS_MAX; i++) {
        struct follower *follower = outputs->followers[i];
        if (follower && !follower->removed)
            follower_tick(follower, mono_ms);
        if (follower && follower->begun && mono_ms >= follower->begin_by_ms)
            give_up_beginning(follower);
        gauges_set(&outputs->gauges[i], outputs->followers[i], outputs->sizes);
    }
}

/* A deployment made before there were outputs has no such file until `vedette init` is run again, as each start
 * does. */
static int read_key(struct outputs *outputs, struct problem *problem)
{
    uint8_t master[SECRET_BYTES];
    size_t bytes;
    char *hex;
    if (file_read_secret(MASTER_KEY, 256, &hex, &bytes, problem)) {
        log_problem(LOG_LEVEL_WARNING, "output.no_master_key", problem);
        return 0;
    }
    hex[strcspn(hex, "\r\n")] = '\0';
    int error = crypto_unhex(hex, master, sizeof(master));
    crypto_forget(hex, bytes);
    free(hex);
    if (error)
        return problem_set(problem, "bad-file", MASTER_KEY, "%s must hold 64 hexadecimal digits", MASTER_KEY);
    crypto_hkdf(master, WRAP_KEY_LABEL, outputs->key, sizeof(outputs->key));
    crypto_forget(master, sizeof(master));
    outputs->has_key = true;
    return 0;
}

static int load(struct outputs *outputs, struct problem *problem)
{
    struct output rows[OUTPUTS_MAX];
    int n = rows_load(outputs->records, outputs->key, rows, problem);
    for (int i = 0; i < n; i++) {
        struct follower *follower = add(outputs, &rows[i], problem);
        if (!follower)
            return -1;
        follower_start(follower);
    }
    return n < 0 ? -1 : 0;
}

struct outputs *outputs_start(struct program *program, struct records *records, struct problem *problem)
{
    struct outputs *outputs = calloc(1, sizeof(*outputs));
    if (!outputs) {
        problem_set(problem, "no-memory", "", "no memory");
        return NULL;
    }
    outputs->program = program;
    outputs->records = records;
    outputs->page = (struct page){ .loop = program->loop, .host = program->settings.common.public_name };
    if (read_key(outputs, problem) || load(outputs, problem)) {
        outputs_free(outputs);
        return NULL;
    }
    gauges_register(outputs->gauges);
    loop_every(program->loop, TICK_MS, tick, outputs);
    return outputs;
}

void outputs_stop(struct outputs *outputs, void (*done)(void *arg), void *arg)
{
    outputs->stopped = done;
    outputs->stopped_arg = arg;
    bus_unsubscribe(outputs->heads);
    outputs->heads = NULL;
    bool none = all_ended(outputs);
    for (int i = 0; i < OUTPUTS_MAX && !none; i++) {
        if (outputs->followers[i] && outputs->followers[i]->worker)
            follower_stop(outputs->followers[i]);
    }
    if (none)
        done(arg);
}

void outputs_free(struct outputs *outputs)
{
    if (!outputs)
        return;
    for (int i = 0; i < OUTPUTS_MAX; i++) {
        /* One whose thread is still in the midst of a name look-up cannot be waited for. */
        if (outputs->followers[i] && !outputs->followers[i]->worker)
            follower_free(outputs->followers[i]);
    }
    crypto_forget(outputs->key, sizeof(outputs->key));
    free(outputs);
}

bool outputs_healthy(const struct outputs *outputs, char reason[201])
{
    for (int i = 0; i < OUTPUTS_MAX; i++) {
        const struct follower *follower = outputs->followers[i];
        if (follower && follower->output.told_failing) {
            snprintf(reason, 201, "output %s takes nothing: %.140s", follower->output.name, follower->report.error);
            return false;
        }
    }
    return true;
}

size_t outputs_list(const struct outputs *outputs, struct output_state ret[OUTPUTS_MAX])
{
    size_t n = 0;
    for (int i = 0; i < OUTPUTS_MAX; i++) {
        const struct follower *follower = outputs->followers[i];
        if (!follower || follower->removed)
            continue;
        ret[n++] = (struct output_state){
            .output = &follower->output,
            .lag = follower_lag(follower, outputs->sizes),
            .delivered = follower->report.delivered,
            .failures = follower->report.failures,
            .delivered_ms = follower->report.delivered_ms,
            .failing_since_ms = follower->report.failing_since_ms,
            .error = follower->report.error,
        };
    }
    return n;
}

static int check_new(struct outputs *outputs, const struct output *output, struct problem *problem)
{
    if (find(outputs, output->name, problem))
        return problem_set(problem, "exists", "output", "there is an output %s", output->name);
    if (output->kind == OUTPUT_KIND_WEBHOOK && !outputs->has_key)
        return problem_set(
            problem, "no-key", MASTER_KEY, "%s is missing: run `vedette init`, then restart alert", MASTER_KEY);
    return 0;
}

void outputs_add(struct outputs *outputs, struct output *output, output_begun *begun, void *arg)
{
    struct problem problem;
    struct follower *follower = check_new(outputs, output, &problem) ? NULL : add(outputs, output, &problem);
    if (!follower) {
        begun(arg, &problem, NULL);
        return;
    }
    crypto_random(follower->output.secret, sizeof(follower->output.secret));
    rows_add(outputs->records, outputs->key, &follower->output);
    follower->begun = begun;
    follower->begun_arg = arg;
    follower->begin_by_ms = clock_mono_ms() + BEGIN_LIMIT_MS;
    follow_heads(outputs);
    follower_start(follower);
    follower_begin(follower);
}

int outputs_enable(struct outputs *outputs, const char *name, bool enabled, struct problem *problem)
{
    struct follower **found = find(outputs, name, problem);
    if (!found)
        return -1;
    struct follower *follower = *found;
    follower->output.enabled = enabled;
    rows_enable(outputs->records, follower->output.id, enabled);
    records_settle(outputs->records);
    if (enabled)
        follower_start(follower);
    else if (follower->worker)
        follower_stop(follower);
    return 0;
}

int outputs_remove(struct outputs *outputs, const char *name, struct problem *problem)
{
    struct follower **found = find(outputs, name, problem);
    if (!found)
        return -1;
    if ((*found)->begun)
        give_up_beginning(*found);
    else
        remove_follower(*found);
    return 0;
}

int outputs_test(struct outputs *outputs, const char *name, output_tested *tested, void *arg, struct problem *problem)
{
    struct follower **found = find(outputs, name, problem);
    if (!found)
        return -1;
    return trial_start(
        outputs->program->loop, &(*found)->output, outputs->program->settings.common.public_name, tested, arg, problem);
}
