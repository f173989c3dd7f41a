/* `vedette health`: every process is asked at once; the portal is asked only when the question comes from elsewhere. */
#include <stdio.h>

#include "cli/ask.h"
#include "cli/local.h"
#include "cli/print.h"
#include "cli/run.h"
#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/store.h"

#define DEADLINE_MS 3000
#define COPY_BYTES 256 /* as long as a problem's reason */

struct health;

struct asked {
    struct health *health;
    struct call_system_health_reply_row *row;
    char version[COPY_BYTES], reason[COPY_BYTES];
};

struct health {
    struct local *local;
    struct store *store;
    size_t waiting, answered;
    struct call_system_health_reply_row rows[SERVICE_COUNT];
    struct asked asked[SERVICE_COUNT];
};

static void one_less(struct health *health)
{
    if (!--health->waiting)
        local_done(health->local);
}

static void take_health(void *arg, const struct problem *refused, const void *answer)
{
    struct asked *asked = arg;
    const struct call_health_reply *reply = answer;
    const char *reason = refused ? refused->reason : reply->reason;
    asked->health->answered += !refused;
    asked->row->ok = reply && reply->ok;
    if (reply) {
        snprintf(asked->version, sizeof(asked->version), "%s", reply->version);
        asked->row->version = asked->version;
        asked->row->has_uptime_s = true;
        asked->row->uptime_s = reply->uptime_s;
    }
    if (reason) {
        snprintf(asked->reason, sizeof(asked->reason), "%s", reason);
        asked->row->reason = asked->reason;
    }
    one_less(asked->health);
}

static void take_pong(void *arg, const struct store_reply *reply)
{
    struct health *health = arg;
    struct call_system_health_reply_row *row = &health->rows[SERVICE_REDIS];
    if (!row->reason || !health->waiting)
        return;
    row->ok = reply && reply->type == STORE_TEXT;
    row->reason = row->ok ? NULL : "it does not answer PING";
    health->answered += row->ok;
    one_less(health);
}

static void ping(void *arg)
{
    static const struct store_word words[] = { { "PING", 4 } };
    struct health *health = arg;
    store_command(health->store, words, 1, take_pong, health);
}

/* Redis counts as "no answer" until its PONG comes. The store goes on trying until the deadline ends the wait. */
static int ask_redis(struct health *health, struct problem *problem)
{
    const struct settings *settings = local_settings(health->local);
    health->rows[SERVICE_REDIS].reason = "no answer";
    health->store = store_open(
        local_loop(health->local), settings->common.redis_socket, "cli", "cli/redis.pass", ping, health, problem);
    if (!health->store)
        return -1;
    health->waiting++;
    return 0;
}

static int ask_all(struct health *health, struct problem *problem)
{
    for (int i = 0; i < SERVICE_COUNT; i++)
        health->rows[i].service = i;
    if (ask_redis(health, problem))
        return -1;
    for (int i = 0; i < SERVICE_COUNT; i++) {
        if (i == SERVICE_REDIS)
            continue;
        health->asked[i] = (struct asked){ .health = health, .row = &health->rows[i] };
        health->waiting++;
        bus_call_health(local_bus(health->local), 1u << i, DEADLINE_MS, take_health, &health->asked[i]);
    }
    return 0;
}

static void print_health(void *arg, const void *reply)
{
    print_reply(arg, &call_system_health_reply_shape, reply);
}

static bool all_ok(const struct call_system_health_reply *reply)
{
    bool ok = true;
    for (size_t i = 0; i < reply->n_rows; i++)
        ok = ok && reply->rows[i].ok;
    return ok;
}

static enum outcome health_here(struct cli *cli, struct print *print, struct problem *problem)
{
    struct health health = { .local = ask_local(cli, problem) };
    if (!health.local || ask_all(&health, problem)) {
        store_free(health.store);
        return OUTCOME_UNREACHABLE;
    }
    /* Each call ends by its own deadline; Redis, which has none, shares it. */
    bool in_time = local_wait(health.local, DEADLINE_MS + 500);
    store_free(health.store);
    if (!in_time) {
        problem_set(problem, "interrupted", "", "interrupted");
        return OUTCOME_UNREACHABLE;
    }
    struct call_system_health_reply reply = { SERVICE_COUNT, health.rows };
    print_health(print, &reply);
    problem_set(problem, "unhealthy", "", health.answered ? "not every process is well" : "no process answers");
    return all_ok(&reply) ? OUTCOME_OK : health.answered ? OUTCOME_REFUSED : OUTCOME_UNREACHABLE;
}

struct remote_health {
    struct print *print;
    bool ok;
};

static void take_remote(void *arg, const void *reply)
{
    struct remote_health *health = arg;
    health->ok = all_ok(reply);
    print_health(health->print, reply);
}

static enum outcome health_there(struct cli *cli, struct print *print, struct problem *problem)
{
    struct remote_health health = { print, false };
    json_t *fields = json_object();
    enum outcome outcome = ask(cli, CALL_SYSTEM_HEALTH, fields, DEADLINE_MS * 2, take_remote, &health, problem);
    json_decref(fields);
    if (!outcome && !health.ok) {
        problem_set(problem, "unhealthy", "", "not every process is well");
        outcome = OUTCOME_REFUSED;
    }
    return outcome;
}

enum outcome run_health(struct cli *cli, const struct command *command, const struct given *given)
{
    (void)given;
    struct problem problem;
    struct print print = { .json = cli->options.json, .columns = command->columns, .now_ms = clock_wall_ms() };
    enum outcome outcome = cli->options.url ? health_there(cli, &print, &problem) : health_here(cli, &print, &problem);
    return outcome ? cli_fail(command, outcome, &problem) : OUTCOME_OK;
}
