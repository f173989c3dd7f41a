/* Calls of the portal and the command line about one agent. Each has been logged before it gets here. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/db.h"
#include "lib/log.h"
#include "lib/message/message.h"
#include "services/ingest/ingest.h"
#include "services/ingest/live/records.h"

struct ingest *ingest_of(struct bus_request *request)
{
    return bus_request_context(request); /* struct program is its first member */
}

bool agent_is_there(struct ingest *ingest, struct bus_request *request, uint32_t agent)
{
    struct problem problem;
    if (agent > ingest->hot.highest)
        problem_set(&problem, "not-found", "agent", "there is no agent %u", agent);
    else if (presence_truth(ingest->hot.pulse[agent].state) == STATE_RETIRED)
        problem_set(&problem, "retired", "agent", "agent %u has been retired", agent);
    else
        return true;
    bus_refuse(request, &problem);
    return false;
}

struct get {
    struct ingest *ingest;
    struct bus_request *request;
};

static void answer_row(void *arg, const struct agent_row *row)
{
    const struct get *get = arg;
    const struct ingest *ingest = get->ingest;
    const struct cold *cold = &ingest->hot.cold[row->agent];
    const struct site *site = &ingest->sites.all[row->site];
    int64_t last_seen = presence_last_seen(&ingest->presence, row->agent);
    char address[ADDRESS_TEXT_BYTES];
    address_text(cold->address, address);
    json_t *inventory = row->inventory ? message_parse(row->inventory, strlen(row->inventory), NULL) : NULL;
    answer_agent_get(get->request, &(struct call_agent_get_reply){
                                       .agent = row->agent,
                                       .name = row->name,
                                       .tenant = site->tenant,
                                       .site = site->name,
                                       .state = presence_shown(ingest->hot.pulse[row->agent].state),
                                       .since = cold->since_ms,
                                       .has_last_seen = last_seen > 0,
                                       .last_seen = last_seen,
                                       .enrolled_at = row->enrolled_at,
                                       .address = *address ? address : NULL,
                                       .hostname = row->hostname,
                                       .os = row->os,
                                       .kernel = row->kernel,
                                       .version = row->version,
                                       .fingerprint = row->fingerprint,
                                       .inventory = inventory,
                                   });
    json_decref(inventory);
}

void serve_agent_get(struct bus_request *request, const struct call_agent_get *in)
{
    struct get get = { ingest_of(request), request };
    struct problem problem;
    if (in->agent > get.ingest->hot.highest)
        problem_set(&problem, "not-found", "agent", "there is no agent %u", in->agent);
    else if (!registry_each(&get.ingest->registry, in->agent, in->agent, answer_row, &get, &problem))
        return;
    bus_refuse(request, &problem);
}

/* Changes: in the registry, then in memory, then told. */

static int emit_renamed(struct ingest *ingest, uint32_t agent, const char *name, struct problem *problem)
{
    char subject[24];
    snprintf(subject, sizeof(subject), "agent/%" PRIu32, agent);
    const struct event_about about = {
        .tenant = ingest->sites.all[ingest->hot.site[agent]].tenant,
        .subject = subject,
    };
    if (emit_agent_renamed(ingest->program.bus, &about, &(struct event_agent_renamed){ agent, name }, NULL, NULL))
        return problem_set(problem, "log-unavailable", "", "the log takes no events at the moment; try again later");
    return 0;
}

static void note_old_name(void *arg, const struct agent_row *row)
{
    bus_request_old(arg, json_pack("{s:s}", "name", row->name));
}

void serve_agent_rename(struct bus_request *request, const struct call_agent_rename *in)
{
    struct ingest *ingest = ingest_of(request);
    struct db *db = ingest->registry.db;
    struct problem problem;
    if (!agent_is_there(ingest, request, in->agent))
        return;
    if (registry_each(&ingest->registry, in->agent, in->agent, note_old_name, request, &problem) ||
        db_begin(db, &problem)) {
        bus_refuse(request, &problem);
        return;
    }
    if (registry_rename(&ingest->registry, in->agent, in->name, &problem) ||
        emit_renamed(ingest, in->agent, in->name, &problem)) {
        db_rollback(db);
        bus_refuse(request, &problem);
        return;
    }
    if (db_commit(db, &problem)) {
        bus_refuse(request, &problem);
        return;
    }
    ingest->hot.dirty_record[in->agent / BUCKET_AGENTS] = 1;
    answer_agent_rename(request, &(struct call_agent_rename_reply){ 0 });
}

static int emit_moved(struct ingest *ingest, const struct call_agent_move *in, struct problem *problem)
{
    char subject[24];
    snprintf(subject, sizeof(subject), "agent/%" PRIu32, in->agent);
    const struct event_about about = { .tenant = in->tenant, .subject = subject };
    const struct event_agent_moved data = { in->agent, in->tenant, in->site };
    if (emit_agent_moved(ingest->program.bus, &about, &data, NULL, NULL))
        return problem_set(problem, "log-unavailable", "", "the log takes no events at the moment; try again later");
    return 0;
}

static int move(struct ingest *ingest, const struct call_agent_move *in, struct problem *problem)
{
    struct db *db = ingest->registry.db;
    uint32_t site = registry_site(&ingest->registry, &ingest->sites, in->tenant, in->site, problem);
    if (site == ingest->hot.site[in->agent])
        return 0;
    if (!site || db_begin(db, problem))
        return -1;
    if (registry_move(&ingest->registry, in->agent, site, problem) || emit_moved(ingest, in, problem)) {
        db_rollback(db);
        return -1;
    }
    if (db_commit(db, problem))
        return -1;
    presence_move(&ingest->presence, in->agent, site);
    ingest->hot.dirty_record[in->agent / BUCKET_AGENTS] = 1;
    return 0;
}

void serve_agent_move(struct bus_request *request, const struct call_agent_move *in)
{
    struct ingest *ingest = ingest_of(request);
    struct problem problem;
    if (!agent_is_there(ingest, request, in->agent))
        return;
    if (move(ingest, in, &problem))
        bus_refuse(request, &problem);
    else
        answer_agent_move(request, &(struct call_agent_move_reply){ 0 });
}

void serve_agent_maintenance(struct bus_request *request, const struct call_agent_maintenance *in)
{
    struct ingest *ingest = ingest_of(request);
    struct problem problem;
    int64_t now_ms = clock_wall_ms(), until = !in->on ? MAINTENANCE_NONE : in->has_until ? in->until : MAINTENANCE_OPEN;
    if (!agent_is_there(ingest, request, in->agent))
        return;
    int error = in->on && in->has_until && in->until <= now_ms
                    ? problem_set(&problem, "bad-field", "until", "until must lie in the future")
                    : registry_set_maintenance(&ingest->registry, in->agent, until, &problem);
    if (error) {
        bus_refuse(request, &problem);
        return;
    }
    bool was_on = presence_shown(ingest->hot.pulse[in->agent].state) == STATE_MAINTENANCE;
    bus_request_old(request, json_pack("{s:b}", "on", was_on));
    presence_maintenance(&ingest->presence, in->agent, in->on, now_ms);
    announce_changes(&ingest->announcer);
    answer_agent_maintenance(request, &(struct call_agent_maintenance_reply){ 0 });
}

void serve_agent_retire(struct bus_request *request, const struct call_agent_retire *in)
{
    struct ingest *ingest = ingest_of(request);
    struct problem problem;
    int64_t now_ms = clock_wall_ms();
    if (!agent_is_there(ingest, request, in->agent))
        return;
    /* Its mail is how the agent learns of it; without a wake it would beat in vain until the next one. */
    wake_agent(&ingest->wakes, in->agent, clock_mono_ms());
    if (registry_retire(&ingest->registry, in->agent, now_ms, &problem)) {
        bus_refuse(request, &problem);
        return;
    }
    if (turn_begin(&ingest->mailboxes.turn, &problem) || box_retire(&ingest->mailboxes.box, in->agent, &problem))
        log_problem(LOG_LEVEL_WARNING, "mailbox.not-emptied", &problem);
    presence_retire(&ingest->presence, in->agent, now_ms);
    crypto_random(ingest->hot.pulse[in->agent].key, BEAT_KEY_BYTES);
    announce_changes(&ingest->announcer);
    answer_agent_retire(request, &(struct call_agent_retire_reply){ 0 });
}
