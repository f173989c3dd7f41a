/*
 * vedette-backup: orders backups by plans that people signed, and keeps the catalogue of what became of them.
 *
 * Trusted with: the keys of its envelopes, so that it can write to agents and read what they answer; when, and whether
 * at all, a backup is ordered; and what people are told of backups. Not with permission: agents want the signed plan
 * and the order's receipt. It has no credential of a target and no key that opens a backup. Who takes it over can order
 * too many backups or none, and lie about them; commits and `vedette backup verify` beside the target tell the truth.
 */
#include <stdio.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/metrics.h"
#include "lib/repository/server_sets.h"
#include "services/backup/backup.h"
#include "services/backup/catalogue/proofs.h"
#include "services/backup/follow.h"
#include "services/backup/orders/ordering.h"
#include "services/backup/plans/duties.h"
#include "services/backup/returns.h"
#include "services/backup/schema.h"

#define SECOND_MS 1000
#define GRACE_MS 20000 /* what agents said while we were away is with us by then */

extern const struct bus_handler backup_handlers[];

static struct backup backup;

struct backup *backup_of(struct bus_request *request)
{
    return bus_request_context(request);
}

static void look(void *arg)
{
    struct backup *self = arg;
    self->is_looking = false;
    ordering_turn(self);
    sending_turn(self);
}

void backup_look(struct backup *self)
{
    if (self->is_looking)
        return;
    self->is_looking = true;
    loop_timer_set(self->look, 1);
}

static void second(void *arg)
{
    struct backup *self = arg;
    logging_tick(self);
    ordering_tick(self);
    proofs_tick(self);
    incoming_tick(&self->incoming);
    offsite_tick(self);
    backup_look(self);
}

static void newcomer(void *arg, uint32_t agent)
{
    struct backup *self = arg;
    duties_newcomer(self->records, &self->plans, agent, clock_wall_ms());
}

static void looked(void *arg)
{
    backup_look(arg);
}

static void register_metrics(struct backup *self)
{
    metric_counter("ordered_total", NULL, "Backups ordered", &self->counts.ordered);
    metric_counter("done_total", NULL, "Commits that came to the catalogue", &self->counts.ended[BACKUP_STATE_DONE]);
    metric_counter("failed_total", NULL, "Backups that failed", &self->counts.ended[BACKUP_STATE_FAILED]);
    metric_counter("refused_total", NULL, "Backups that agents refused", &self->counts.ended[BACKUP_STATE_REFUSED]);
    metric_counter("missed_total", NULL, "Backups not begun in time", &self->counts.ended[BACKUP_STATE_MISSED]);
    metric_counter("envelopes_total", NULL, "Envelopes of agents opened", &self->incoming.opened);
    metric_counter("envelopes_refused_total", NULL, "Envelopes that are none of our agents'", &self->incoming.refused);
    metric_counter("envelopes_put_off_total", NULL,
        "Envelopes left for later, their agent having said more than its share", &self->incoming.put_off);
    metric_counter("put_total", NULL, "Envelopes that ingest took", &self->handover.put);
    metric_counter("put_failed_total", NULL, "Times that ingest did not take an envelope", &self->handover.put_failed);
}

static int open_files(struct program *program, struct problem *problem)
{
    (void)problem;
    if (*program->settings.offsite.targets && !access(SERVER_COPIES "/ship", F_OK))
        program->readable[0] = SERVER_COPIES "/ship";
    return 0;
}

static int start(struct program *program, struct problem *problem)
{
    struct backup *self = (struct backup *)program;
    self->judge_from_ms = clock_mono_ms() + GRACE_MS;
    self->records = records_open("backup/backup.db", backup_schema, program->loop, problem);
    if (!self->records || trusted_open(&self->trusted, self->records, problem) ||
        plans_open(&self->plans, self->records, problem) || own_keys_load(&self->own_keys, program->name, problem) ||
        sending_start(self, problem) ||
        own_keys_settle(program->name, own_trust_sealing(&self->trusted.own), problem) ||
        own_keys_load(&self->own_keys, program->name, problem))
        return -1;
    returns_start(self);
    self->look = loop_timer(program->loop, look, self);
    const struct roster_owner owner = { .records = self->records,
        .bus = program->bus,
        .loop = program->loop,
        .newcomer = newcomer,
        .looked = looked,
        .arg = self };
    if (!self->look || roster_start(&self->roster, &owner) || looking_start(&self->looking, self))
        return problem_errno(problem, "loop", "", "no timer");
    logging_start(self);
    if (backup_follow(self, problem))
        return -1;
    register_metrics(self);
    offsite_start(self);
    loop_every(program->loop, SECOND_MS, second, self);
    backup_look(self);
    return 0;
}

/* All that was begun is in the database, and goes on at the next start. */
static void drain(struct program *program)
{
    program_drained(program);
}

static void close_all(struct program *program)
{
    struct backup *self = (struct backup *)program;
    records_close(self->records);
    plans_close(&self->plans);
    own_trust_close(&self->trusted.own);
    incoming_close(&self->incoming);
    own_keys_free(&self->own_keys);
    running_free(&self->running);
}

static bool healthy(struct program *program, char reason[201])
{
    const struct backup *self = (const struct backup *)program;
    if (self->handover.failing_since_ms && clock_mono_ms() - self->handover.failing_since_ms > 30000)
        snprintf(reason, 201, "ingest takes no envelopes: no order reaches an agent");
    else if (!self->roster.whole_ms)
        snprintf(reason, 201, "ingest has not told yet who the agents are");
    else if (!self->looking.whole)
        snprintf(reason, 201, "the scheduler has not told yet which plans there are");
    else if (offsite_late(&self->offsite))
        snprintf(reason, 201, "the server's own backup is late (%s): %.80s", offsite_late(&self->offsite)->name,
            offsite_late(&self->offsite)->reason);
    else
        return true;
    return false;
}

int main(int argc, char **argv)
{
    backup.program = (struct program){
        .name = "backup",
        .service = SERVICE_BACKUP,
        .peer = PEER_BACKUP,
        .handlers = backup_handlers,
        .open = open_files,
        .start = start,
        .drain = drain,
        .close = close_all,
        .healthy = healthy,
        .needs_network = true, /* the log is followed over TCP */
    };
    return program_main(&backup.program, argc, argv);
}
