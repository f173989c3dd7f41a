/*
 * vedette-ingest: where agents are heard. Heartbeats by UDP, enrolment and mail by HTTPS.
 *
 * Trusted with: every agent's secret (wrapped at rest, keys in memory), the truth about who is present, and who may
 * join. It faces the network of the agents, so it is trusted with nothing else: it holds no permission that an agent
 * would obey, no account, and not the log. Stolen, it can forge presence and let machines in; it cannot run a command.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/files.h"
#include "lib/http/http.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/metrics.h"
#include "lib/store.h"
#include "lib/turns.h"
#include "services/ingest/beats/beats.h"
#include "services/ingest/enrolment/enrol.h"
#include "services/ingest/files/files.h"
#include "services/ingest/https.h"
#include "services/ingest/ingest.h"
#include "services/ingest/mailbox/drop.h"

#define BODY_LIMIT_BYTES (1u << 20)  /* one envelope of the largest, in base64; an inventory is at most 16 KiB */
#define BODIES_BYTES_MAX (64u << 20) /* of those that are larger than any report of a machine */
#define PACKAGE_LIMIT_BYTES (64u << 20)
#define SECOND_MS 1000

extern const struct bus_handler ingest_handlers[];

static struct ingest ingest;

static int open_https(struct ingest *self, struct problem *problem)
{
    const struct http_options options = {
        .loop = self->program.loop,
        .listen = self->program.settings.ingest.http_listen,
        .certificate = "ingest/tls.crt",
        .key = "ingest/tls.key",
        .threads = 2,
        .connections_max = 4096,
        .body_limit_bytes = BODY_LIMIT_BYTES,
        .bodies_bytes_max = BODIES_BYTES_MAX,
        .header_deadline_ms = 15000,
        .handshake_deadline_ms = 10000,
        .body_deadline_ms = 30000,
        .take = https_take,
        .arg = self,
    };
    const char *package = self->program.settings.ingest.package;
    if (file_read("ca.pem", BODY_LIMIT_BYTES, &self->ca.data, &self->ca.bytes, problem) ||
        (*package && file_read(package, PACKAGE_LIMIT_BYTES, &self->package.data, &self->package.bytes, problem)))
        return -1;
    self->http = http_open(&options, problem);
    return self->http ? 0 : -1;
}

static int open_ingest(struct program *program, struct problem *problem)
{
    struct ingest *self = (struct ingest *)program;
    const struct settings_ingest *settings = &program->settings.ingest;
    if (hot_reserve(&self->hot, (uint32_t)settings->agents_max, problem))
        return -1;
    program->writable[0] = *settings->drop ? settings->drop : NULL;
    self->beats = beats_open(settings->beat_listen, settings->receive_buffer_bytes, problem);
    return self->beats && !open_https(self, problem) ? 0 : -1;
}

/* Everything that the files and the registry know, into memory. */
static int restore(struct ingest *self, struct problem *problem)
{
    struct hot *hot = &self->hot;
    int64_t wall_ms = clock_wall_ms();
    if (hot_open(hot, "ingest", problem) ||
        registry_open(&self->registry, "ingest/ingest.db", "ingest/master.key", problem) ||
        registry_load(&self->registry, hot, &self->sites, problem) || flush_open(&self->flush, hot, "ingest", problem))
        return -1;
    if (!self->flush.written && !self->flush.recent.position && hot->highest)
        log_warning("pulses.lost",
            LOG_TEXT(
                "reason", "no whole file ingest/pulses.*: until its next beat, a recorded one of an agent counts"));
    if (!presence_clock_sane(hot->clock)) {
        log_error(
            "presence.clock-damaged", LOG_TEXT("reason", "the clock in ingest/cold makes no sense: it begins anew"));
        *hot->clock = (struct presence_clock_saved){ 0 };
    }
    presence_clock_resume(&self->clock, hot->clock, clock_mono_ms(), wall_ms);
    presence_restore(&self->presence);
    log_info("registry.loaded", LOG_INT("agents", hot->highest), LOG_INT("took_ms", clock_wall_ms() - wall_ms));
    return 0;
}

static void end_maintenance(struct ingest *self)
{
    struct problem problem;
    int64_t wall_ms = clock_wall_ms();
    for (uint32_t agent; (agent = registry_maintenance_over(&self->registry, wall_ms));) {
        if (registry_set_maintenance(&self->registry, agent, MAINTENANCE_NONE, &problem)) {
            log_problem(LOG_LEVEL_ERROR, "maintenance.not-ended", &problem);
            return;
        }
        presence_maintenance(&self->presence, agent, false, wall_ms);
    }
}

static void second(void *arg)
{
    end_maintenance(arg);
}

/* At the beginning of each of the presence clock's ticks, so that who is due is told of without delay. */
static void tick(void *arg)
{
    struct ingest *self = arg;
    int64_t wall_ms = clock_wall_ms(), mono_ms = clock_mono_ms();
    presence_clock_advance(&self->clock, mono_ms, wall_ms);
    presence_scan(&self->presence, wall_ms);
    announce_changes(&self->announcer);
    announce_rest(&self->announcer);
    recent_write(&self->flush.recent, presence_clock_tick(&self->clock));
    live_tick(&self->live);
    flush_tick(&self->flush, mono_ms);
    loop_timer_set(self->tick, (TICK_MS - self->hot.clock->now_ms % TICK_MS) * 1000);
}

static void drained(void *arg, bool wait)
{
    struct ingest *self = arg;
    self->live.beats_wait = wait;
    announce_changes(&self->announcer);
    recent_write(&self->flush.recent, presence_clock_tick(&self->clock));
}

static void register_metrics(struct ingest *self)
{
    static const char *const labels[STATE_COUNT] = {
        "state=\"never\"",
        "state=\"online\"",
        "state=\"late\"",
        "state=\"offline\"",
        "state=\"goodbye\"",
        "state=\"updating\"",
        "state=\"maintenance\"",
        "state=\"retired\"",
    };
    static int64_t hot_bytes = sizeof(struct pulse);
    for (int state = 0; state < STATE_COUNT; state++)
        metric_gauge("agents", labels[state], "Agents by presence", &self->presence.agents[state]);
    for (int state = 0; state < STATE_COUNT; state++)
        metric_counter(
            "transitions_total", labels[state], "Changes of presence, by what to", &self->presence.transitions[state]);
    metric_gauge("hot_bytes_per_agent", NULL, "Memory that each heartbeat touches", &hot_bytes);
    metric_gauge("presence_clock_ms", NULL, "Presence clock: stands still while beats cannot be heard",
        &self->hot.clock->now_ms);
    metric_gauge("offline_after_ms", NULL, "Silence that makes an agent offline: longer while beats are being lost",
        &self->presence.offline_after_ms);
    metric_counter("enrolments_total", NULL, "Agents enrolled", &self->counts.enrolled);
    metric_counter("enrolments_refused_total", NULL, "Enrolments refused", &self->counts.refused);
    metric_counter("mails_total", NULL, "Mails taken", &self->counts.mails);
    metric_counter("mails_refused_total", NULL, "Mails refused", &self->counts.mails_refused);
    metric_counter("cloned_total", NULL, "Identities found in use twice", &self->counts.cloned);
}

static int start_ingest(struct program *program, struct problem *problem)
{
    struct ingest *self = (struct ingest *)program;
    turns_soon();
    self->presence = (struct presence){ .hot = &self->hot, .clock = &self->clock, .sites = &self->sites };
    if (restore(self, problem))
        return -1;
    self->intake = (struct intake){ .presence = &self->presence,
        .recent = &self->flush.recent,
        .wakes = &self->wakes,
        .reachable = mailboxes_reachable,
        .arg = &self->mailboxes };
    crypto_random(&self->intake.seed, sizeof(self->intake.seed));
    self->wakes.hot = &self->hot;
    self->wakes.registry = &self->registry;
    self->wakes.beats = self->beats;
    self->live = (struct live){ .presence = &self->presence, .registry = &self->registry };
    self->announcer = (struct announcer){
        .presence = &self->presence, .registry = &self->registry, .live = &self->live, .bus = program->bus
    };
    if (wakes_start(&self->wakes, problem) || files_open(problem) || files_keep(self, problem) ||
        mailboxes_open(&self->mailboxes, program->loop, program->bus, &self->wakes,
            (uint32_t)program->settings.ingest.agents_max, (uint64_t)program->settings.ingest.mailbox_bytes, problem) ||
        drop_start(self, problem) ||
        live_open(&self->live, program->loop, program->settings.common.redis_socket, "ingest/redis.pass", problem) ||
        flush_start(&self->flush, clock_mono_ms(), problem))
        return -1;
    announcer_start(&self->announcer);
    register_metrics(self);
    self->tick = loop_timer(program->loop, tick, self);
    if (!self->tick)
        return problem_errno(problem, "loop", "", "no timer for presence");
    loop_timer_set(self->tick, TICK_MS * 1000);
    loop_every(program->loop, SECOND_MS, second, self);
    loop_every(program->loop, FOLD_PERIOD_MS, enrol_tell_refused, self);
    return beats_start(self->beats, program->loop, &self->intake, &self->clock, drained, self, problem) ||
                   http_start(self->http, problem)
               ? -1
               : 0;
}

static void drain_ingest(struct program *program)
{
    struct ingest *self = (struct ingest *)program;
    http_stop(self->http);
    enrol_tell_refused(self);
    program_drained(program);
}

static void close_ingest(struct program *program)
{
    struct ingest *self = (struct ingest *)program;
    beats_close(self->beats);
    live_close(&self->live);
    flush_stop(&self->flush);
    mailboxes_close(&self->mailboxes);
    registry_close(&self->registry);
    hot_close(&self->hot);
}

static void reload_ingest(struct program *program)
{
    struct problem problem;
    if (http_reload(((struct ingest *)program)->http, &problem))
        log_problem(LOG_LEVEL_ERROR, "certificate.not-reloaded", &problem);
}

/* After a start or a stall nobody is judged for 18 s; three times as long is no single stall. */
#define UNJUDGED_MOST_MS 60000

static bool healthy(struct program *program, char reason[201])
{
    const struct ingest *self = (const struct ingest *)program;
    unsigned misses = losses_misses(&self->clock.losses, self->hot.highest);
    if (self->flush.failed || self->flush.recent.error)
        snprintf(reason, 201, "counters and states cannot be written to the disk");
    else if (!store_connected(self->live.store))
        snprintf(reason, 201, "no connection to Redis: live state is not shown");
    else if (self->hot.clock->now_ms - self->clock.judged_ms > UNJUDGED_MOST_MS)
        snprintf(reason, 201, "this machine stalls again and again: no agent can be found offline");
    else if (misses > LOSSES_PERIODS)
        snprintf(reason, 201, "heartbeats are lost for want of time to read them: no agent can be found offline");
    else if (misses > MISSES_USUAL)
        snprintf(reason, 201, "heartbeats are lost for want of time to read them: an agent is offline after %u s",
            (misses + 1) * BEAT_PERIOD_MS / 1000);
    else
        return true;
    return false;
}

int main(int argc, char **argv)
{
    ingest.program = (struct program){
        .name = "ingest",
        .service = SERVICE_INGEST,
        .peer = PEER_INGEST,
        .handlers = ingest_handlers,
        .open = open_ingest,
        .start = start_ingest,
        .drain = drain_ingest,
        .close = close_ingest,
        .reload = reload_ingest,
        .healthy = healthy,
        .needs_network = true,
    };
    return program_main(&ingest.program, argc, argv);
}
