/*
 * vedette-scheduler: brings signed documents to agents, and what became of them back.
 *
 * Trusted with: the keys of its envelopes, so that it can write to agents and read what they answer; what agents wrote
 * as output; and when, and whether at all, a document arrives. Not with permission: agents verify signatures and
 * receipt themselves. Who takes it over can delay or lose a task and read output, and can forge, change or re-target
 * none.
 */
#include <stdio.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/metrics.h"
#include "services/scheduler/delivery/resolve.h"
#include "services/scheduler/follow.h"
#include "services/scheduler/news.h"
#include "services/scheduler/returns.h"
#include "services/scheduler/runs/progress.h"
#include "services/scheduler/runs/retention.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/schema.h"

#define SECOND_MS 1000
#define RETENTION_MS 60000

extern const struct bus_handler scheduler_handlers[];

static struct scheduler scheduler;

struct scheduler *scheduler_of(struct bus_request *request)
{
    return bus_request_context(request);
}

static void look(void *arg)
{
    struct scheduler *self = arg;
    self->looking = false;
    resolve_turn(self);
    files_turn(&self->files);
    dispatch_turn(&self->dispatch);
}

void scheduler_look(struct scheduler *self)
{
    if (self->looking)
        return;
    self->looking = true;
    loop_timer_set(self->look, 1);
}

static void second(void *arg)
{
    struct scheduler *self = arg;
    logging_tick(self);
    progress_tick(self);
    incoming_tick(&self->incoming);
    news_tick(self);
    growth_tick(self);
    trusted_keep(self);
    scheduler_look(self);
}

static void retain(void *arg)
{
    struct scheduler *self = arg;
    retention_step(self->records, &self->program.settings.scheduler, clock_wall_ms());
}

static void register_metrics(struct scheduler *self)
{
    static const char *const labels[RUN_STATE_COUNT] = {
        "state=\"queued\"",
        "state=\"delivered\"",
        "state=\"running\"",
        "state=\"done\"",
        "state=\"failed\"",
        "state=\"refused\"",
        "state=\"interrupted\"",
        "state=\"expired\"",
        "state=\"cancelled\"",
    };
    for (int state = 0; state < RUN_STATE_COUNT; state++)
        metric_counter("runs_total", labels[state], "Runs that came into a state", &self->counts.runs[state]);
    metric_counter("documents_total", NULL, "Documents taken with all their signatures", &self->counts.documents);
    metric_counter("documents_refused_total", NULL, "Documents and signatures refused", &self->counts.refused);
    metric_counter("envelopes_total", NULL, "Envelopes of agents opened", &self->incoming.opened);
    metric_counter("envelopes_refused_total", NULL, "Envelopes that are none of our agents'", &self->incoming.refused);
    metric_counter("envelopes_put_off_total", NULL,
        "Envelopes left for later, their agent having said more than its share", &self->incoming.put_off);
    metric_counter("sealed_total", NULL, "Envelopes sealed for agents", &self->dispatch.handover.sealed);
    metric_counter("put_total", NULL, "Envelopes that ingest took", &self->dispatch.handover.put);
    metric_counter(
        "put_failed_total", NULL, "Times that ingest did not take an envelope", &self->dispatch.handover.put_failed);
    metric_counter(
        "given_up_total", NULL, "Envelopes that can reach their agent no more", &self->dispatch.handover.given_up);
}

static void newcomer(void *arg, uint32_t agent)
{
    resolve_newcomer(arg, agent);
}

static void looked(void *arg)
{
    scheduler_look(arg);
}

static int open_nothing(struct program *program, struct problem *problem)
{
    (void)program, (void)problem;
    return 0;
}

static int start(struct program *program, struct problem *problem)
{
    struct scheduler *self = (struct scheduler *)program;
    self->records = records_open("scheduler/scheduler.db", scheduler_schema, program->loop, problem);
    if (!self->records || trusted_open(self, problem) || own_keys_load(&self->own_keys, program->name, problem) ||
        dispatch_start(&self->dispatch, self, problem) || files_start(&self->files, self, problem) ||
        own_keys_settle(program->name, own_trust_sealing(&self->trusted.own), problem) ||
        own_keys_load(&self->own_keys, program->name, problem))
        return -1;
    returns_start(self);
    const struct roster_owner owner = { .records = self->records,
        .bus = program->bus,
        .loop = program->loop,
        .newcomer = newcomer,
        .looked = looked,
        .arg = self };
    self->look = loop_timer(program->loop, look, self);
    if (!self->look || roster_start(&self->roster, &owner))
        return problem_errno(problem, "loop", "", "no timer");
    logging_start(self);
    if (scheduler_follow(self, problem))
        return -1;
    register_metrics(self);
    loop_every(program->loop, SECOND_MS, second, self);
    loop_every(program->loop, RETENTION_MS, retain, self);
    scheduler_look(self);
    return 0;
}

/* All that was begun is in the database, and goes on at the next start. */
static void drain(struct program *program)
{
    program_drained(program);
}

static void close_all(struct program *program)
{
    struct scheduler *self = (struct scheduler *)program;
    records_close(self->records);
    own_trust_close(&self->trusted.own);
    dispatch_close(&self->dispatch);
    growth_close(&self->growth);
    incoming_close(&self->incoming);
    own_keys_free(&self->own_keys);
}

static bool healthy(struct program *program, char reason[201])
{
    const struct scheduler *self = (const struct scheduler *)program;
    if (self->dispatch.handover.failing_since_ms && clock_mono_ms() - self->dispatch.handover.failing_since_ms > 30000)
        snprintf(reason, 201, "ingest takes no envelopes: nothing reaches agents");
    else if (!self->roster.whole_ms)
        snprintf(reason, 201, "ingest has not told yet who the agents are");
    else
        return true;
    return false;
}

int main(int argc, char **argv)
{
    scheduler.program = (struct program){
        .name = "scheduler",
        .service = SERVICE_SCHEDULER,
        .peer = PEER_SCHEDULER,
        .handlers = scheduler_handlers,
        .open = open_nothing,
        .start = start,
        .drain = drain,
        .close = close_all,
        .healthy = healthy,
        .needs_network = true, /* the log is followed over TCP */
    };
    return program_main(&scheduler.program, argc, argv);
}
