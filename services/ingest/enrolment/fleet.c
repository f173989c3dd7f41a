/*
 * Simulated fleets, for demonstrations and measurements: agents of this very server whose secrets all derive from one,
 * so that build/vedette-fleet can beat for them. Only with ingest.bulk_register, only for the command line on this
 * host.
 */
#include <endian.h>
#include <stdio.h>

#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/db.h"
#include "lib/keywrap.h"
#include "lib/log.h"
#include "services/ingest/enrolment/enrol.h"
#include "services/ingest/ingest.h"

#define FLEET_SECRET "fleet_secret"

/* One for the deployment, made when first asked for. */
static int fleet_secret(struct registry *registry, uint8_t ret[SECRET_BYTES], struct problem *problem)
{
    uint8_t wrapped[WRAPPED_BYTES];
    if (!registry_kept(registry, FLEET_SECRET, wrapped, sizeof(wrapped)) &&
        !keyunwrap(registry->wrap_key, wrapped, ret))
        return 0;
    crypto_random(ret, SECRET_BYTES);
    keywrap(registry->wrap_key, ret, wrapped);
    return registry_keep(registry, FLEET_SECRET, wrapped, sizeof(wrapped), problem);
}

static void agent_secret(const uint8_t fleet[SECRET_BYTES], uint32_t agent, uint8_t ret[SECRET_BYTES])
{
    uint32_t id = htobe32(agent);
    crypto_hmac_sha256(fleet, SECRET_BYTES, &id, sizeof(id), ret);
}

static int add_all(struct ingest *ingest, const struct call_fleet_register *in, uint32_t site,
    const uint8_t fleet[SECRET_BYTES], struct problem *problem)
{
    uint8_t secret[SECRET_BYTES];
    uint32_t first = ingest->hot.highest + 1;
    int64_t now_ms = clock_wall_ms();
    int error = db_begin(ingest->registry.db, problem);
    if (error)
        return -1;
    for (uint32_t agent = first; !error && agent < first + in->count; agent++) {
        char name[24];
        snprintf(name, sizeof(name), "sim-%u", agent);
        const struct agent_row row = {
            .agent = agent, .site = site, .name = name, .hostname = name, .enrolled_at = now_ms
        };
        agent_secret(fleet, agent, secret);
        error = registry_add(&ingest->registry, &row, secret, problem);
    }
    if (error) {
        db_rollback(ingest->registry.db);
        return -1;
    }
    if (db_commit(ingest->registry.db, problem))
        return -1;
    for (uint32_t agent = first; agent < first + in->count; agent++) {
        agent_secret(fleet, agent, secret);
        ingest_admit(ingest, agent, site, secret);
    }
    crypto_forget(secret, sizeof(secret));
    return 0;
}

static int register_fleet(struct ingest *ingest, const struct call_fleet_register *in, uint8_t ret_secret[SECRET_BYTES],
    struct problem *problem)
{
    if (!ingest->program.settings.ingest.bulk_register)
        return problem_set(problem, "not-allowed", "", "simulated fleets need the setting ingest.bulk_register");
    if (in->count > ingest->hot.room - ingest->hot.highest)
        return problem_set(problem, "fleet-full", "count", "there is room for %u agents more: raise ingest.agents_max",
            ingest->hot.room - ingest->hot.highest);
    uint32_t site = registry_site(&ingest->registry, &ingest->sites, in->tenant, in->site, problem);
    if (!site || fleet_secret(&ingest->registry, ret_secret, problem))
        return -1;
    return add_all(ingest, in, site, ret_secret, problem);
}

void serve_fleet_register(struct bus_request *request, const struct call_fleet_register *in)
{
    struct ingest *ingest = ingest_of(request);
    uint8_t secret[SECRET_BYTES];
    char text[HEX_BYTES(SECRET_BYTES)];
    struct problem problem;
    uint32_t first = ingest->hot.highest + 1;
    if (register_fleet(ingest, in, secret, &problem)) {
        bus_refuse(request, &problem);
        return;
    }
    crypto_hex(secret, sizeof(secret), text);
    log_info("fleet.registered", LOG_INT("first", first), LOG_INT("count", in->count));
    answer_fleet_register(request, &(struct call_fleet_register_reply){ first, in->count, text });
    crypto_forget(secret, sizeof(secret));
    crypto_forget(text, sizeof(text));
}
