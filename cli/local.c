#include "cli/local.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/bus/bus.h"
#include "lib/config.h"
#include "lib/loop.h"

#define QUIET_MS 2000 /* a service that starts again is back by then; whoever waits for longer is told for what */

struct local {
    struct settings settings;
    struct loop *loop;
    struct bus *bus;
    struct loop_timer *timer;
    bool done, ended;
};

static void end(void *arg)
{
    struct local *local = arg;
    local->ended = true;
    loop_stop(local->loop);
}

void local_done(struct local *local)
{
    local->done = true;
    loop_stop(local->loop);
}

static void waited(void *arg)
{
    local_done(arg);
}

static struct local *local_new(struct problem *problem)
{
    struct local *local = calloc(1, sizeof(*local));
    if (local)
        local->loop = loop_new();
    if (!local || !local->loop || !(local->timer = loop_timer(local->loop, waited, local))) {
        problem_set(problem, "no-memory", "", "no memory for the event loop");
        local_free(local);
        return NULL;
    }
    loop_signal(local->loop, SIGINT, end, local);
    loop_signal(local->loop, SIGTERM, end, local);
    return local;
}

/* Frees what is there if it fails. */
static struct local *join(struct local *local, const struct bus_options *options, struct problem *problem)
{
    local->bus = bus_open(options, problem);
    if (local->bus)
        return local;
    local_free(local);
    return NULL;
}

struct local *local_open(const char *state, struct problem *problem)
{
    struct local *local = local_new(problem);
    if (!local)
        return NULL;
    if (chdir(state)) {
        problem_errno(problem, "no-state", state, "cannot enter the state directory %s", state);
        local_free(local);
        return NULL;
    }
    if (config_load("vedette.conf", NULL, 0, &local->settings, problem)) {
        local_free(local);
        return NULL;
    }
    const struct bus_options options = {
        .loop = local->loop,
        .settings = &local->settings,
        .peer = PEER_CLI,
        .own_key = "cli/bus.key",
        .keys = "bus.keys",
    };
    return join(local, &options, problem);
}

struct local *local_open_subscriber(const struct bus_subscriber *subscriber, struct problem *problem)
{
    struct local *local = local_new(problem);
    if (!local)
        return NULL;
    const struct bus_options options = { .loop = local->loop, .subscriber = subscriber };
    return join(local, &options, problem);
}

void local_free(struct local *local)
{
    if (!local)
        return;
    if (local->bus)
        bus_free(local->bus);
    if (local->timer)
        loop_timer_free(local->timer);
    if (local->loop)
        loop_free(local->loop);
    free(local);
}

struct loop *local_loop(struct local *local)
{
    return local->loop;
}

struct bus *local_bus(struct local *local)
{
    return local->bus;
}

const struct settings *local_settings(struct local *local)
{
    return &local->settings;
}

bool local_run(struct local *local)
{
    if (!local->done && !local->ended)
        loop_run(local->loop);
    local->done = false;
    return !local->ended;
}

bool local_wait(struct local *local, unsigned time_ms)
{
    loop_timer_set(local->timer, (int64_t)time_ms * 1000);
    return local_run(local);
}

struct question {
    struct local *local;
    reply_taken *taken;
    void *arg;
    struct problem *problem;
    bool answered, refused;
};

static void answered(void *arg, const struct problem *refused, const void *reply)
{
    struct question *question = arg;
    question->answered = true;
    question->refused = refused != NULL;
    if (refused)
        *question->problem = *refused;
    else
        question->taken(question->arg, reply);
    local_done(question->local);
}

/* Which service answers the call, for people. */
static const char *server_of(enum call call)
{
    for (int i = 0; service_words[i]; i++) {
        if (call_rows[call].servers == 1u << i)
            return service_words[i];
    }
    return "the server";
}

static void wait_for_answer(struct local *local, const struct question *question, enum call call, unsigned deadline_ms)
{
    bool in_time = local_wait(local, QUIET_MS);
    loop_timer_clear(local->timer);
    if (in_time && !question->answered)
        fprintf(stderr, "vedette: %s does not answer yet; waiting for it, %u s at most\n", server_of(call),
            deadline_ms / 1000);
    while (!question->answered && local_run(local))
        ;
}

enum outcome local_ask(struct local *local, enum call call, const void *request, unsigned deadline_ms,
    reply_taken *taken, void *arg, struct problem *problem)
{
    struct question question = { local, taken, arg, problem, false, false };
    bus_call(local->bus, call, NULL, request, deadline_ms, answered, &question);
    wait_for_answer(local, &question, call, deadline_ms);
    if (!question.answered) {
        problem_set(problem, "interrupted", "", "interrupted while waiting for %s", server_of(call));
        return OUTCOME_UNREACHABLE;
    }
    if (!question.refused)
        return OUTCOME_OK;
    if (!strcmp(problem->code, "no-answer")) {
        problem_set(problem, "no-answer", "",
            "%s did not answer %s within %u s; `vedette health` tells which process is "
            "missing",
            server_of(call), call_rows[call].name, deadline_ms / 1000);
        return OUTCOME_UNREACHABLE;
    }
    return OUTCOME_REFUSED;
}
