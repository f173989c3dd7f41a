#include "services/ingest/enrolment/enrol.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/beat.h"
#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/db.h"
#include "lib/fold.h"
#include "lib/log.h"
#include "services/ingest/beats/beats.h"
#include "services/ingest/enrolment/keys.h"
#include "services/ingest/enrolment/tokens.h"
#include "services/ingest/ingest.h"

/* What the request says, checked: nothing behind it looks at texts. */
struct joiner {
    const struct call_agent_enrol *request;
    uint8_t secret[SECRET_BYTES];
    char fingerprint[HEX_BYTES(SHA256_BYTES)];
    struct token token;
};

static int check_keys(struct joiner *joiner, struct problem *problem)
{
    char unused[HEX_BYTES(SHA256_BYTES)];
    static const char how[] = "must be a P-256 public key: SubjectPublicKeyInfo, DER in base64";
    if (key_check(joiner->request->sign_key, joiner->fingerprint))
        return problem_set(problem, "bad-key", "sign_key", "sign_key %s", how);
    if (key_check(joiner->request->seal_key, unused))
        return problem_set(problem, "bad-key", "seal_key", "seal_key %s", how);
    if (crypto_unhex(joiner->request->beat_secret, joiner->secret, SECRET_BYTES))
        return problem_set(problem, "bad-field", "beat_secret", "beat_secret must be 64 hexadecimal digits");
    return 0;
}

static int check_token(struct ingest *ingest, struct joiner *joiner, int64_t now_ms, struct problem *problem)
{
    const struct call_agent_enrol *request = joiner->request;
    int found = token_find(&ingest->registry, request->token, &joiner->token, problem);
    if (found < 0)
        return -1;
    if (!found)
        return problem_set(problem, "token-unknown", "token", "there is no such enrolment token");
    const struct site *site = &ingest->sites.all[joiner->token.site];
    if (joiner->token.revoked_at)
        return problem_set(problem, "token-revoked", "token", "the enrolment token has been revoked");
    if (now_ms >= joiner->token.expires)
        return problem_set(problem, "token-expired", "token", "the enrolment token has expired");
    if (request->tenant && strcmp(request->tenant, site->tenant))
        return problem_set(problem, "other-tenant", "tenant", "the enrolment token is for another tenant");
    if (request->site && strcmp(request->site, site->name))
        return problem_set(problem, "other-site", "site", "the enrolment token is for another site");
    return 0;
}

/* An enrolment whose answer was lost is asked again: it gives the same answer, if it is the same machine. */
static int check_repeated(struct ingest *ingest, const struct joiner *joiner, uint32_t agent, struct problem *problem)
{
    uint8_t secret[SECRET_BYTES];
    if (registry_secret(&ingest->registry, agent, secret, problem))
        return -1;
    bool same = crypto_equal(secret, joiner->secret, sizeof(secret)) && ingest->hot.site[agent] == joiner->token.site;
    crypto_forget(secret, sizeof(secret));
    return same ? 0
                : problem_set(
                      problem, "key-known", "sign_key", "this key is enrolled already, with another secret or site");
}

static int announce(struct ingest *ingest, const struct agent_row *row)
{
    const struct site *site = &ingest->sites.all[row->site];
    char subject[24];
    snprintf(subject, sizeof(subject), "agent/%" PRIu32, row->agent);
    const struct event_about about = { .tenant = site->tenant, .subject = subject };
    const struct event_agent_enrolled data = {
        .agent = row->agent,
        .name = row->name,
        .tenant = site->tenant,
        .site = site->name,
        .hostname = row->hostname,
        .fingerprint = row->fingerprint,
    };
    return emit_agent_enrolled(ingest->program.bus, &about, &data, NULL, NULL);
}

/* The event goes into the outbox before the commit: no agent without its event. */
static int add(
    struct ingest *ingest, const struct joiner *joiner, uint32_t agent, int64_t now_ms, struct problem *problem)
{
    const struct call_agent_enrol *request = joiner->request;
    struct db *db = ingest->registry.db;
    const struct agent_row row = {
        .agent = agent,
        .site = joiner->token.site,
        .token = joiner->token.id,
        .name = request->name ? request->name : request->hostname,
        .sign_key = request->sign_key,
        .seal_key = request->seal_key,
        .fingerprint = joiner->fingerprint,
        .hostname = request->hostname,
        .os = request->os,
        .kernel = request->kernel,
        .version = request->version,
        .enrolled_at = now_ms,
    };
    if (db_begin(db, problem))
        return -1;
    if (token_spend(&ingest->registry, joiner->token.id, problem) ||
        registry_add(&ingest->registry, &row, joiner->secret, problem)) {
        db_rollback(db);
        return -1;
    }
    if (announce(ingest, &row)) {
        db_rollback(db);
        return problem_set(problem, "log-unavailable", "", "the log takes no events at the moment; try again later");
    }
    return db_commit(db, problem);
}

void ingest_admit(struct ingest *ingest, uint32_t agent, uint32_t site, const uint8_t secret[SECRET_BYTES])
{
    struct hot *hot = &ingest->hot;
    crypto_hkdf(secret, BEAT_KEY_LABEL, hot->pulse[agent].key, BEAT_KEY_BYTES);
    __atomic_store_n(&hot->pulse[agent].counter, 0, __ATOMIC_RELAXED);
    hot->pulse[agent].tag = 0;
    hot->site[agent] = site;
    presence_add(&ingest->presence, agent, clock_wall_ms());
    __atomic_store_n(&hot->highest, agent, __ATOMIC_RELAXED);
}

static int join(struct ingest *ingest, struct joiner *joiner, uint32_t *ret_agent, struct problem *problem)
{
    int64_t now_ms = clock_wall_ms();
    uint32_t agent;
    if (check_keys(joiner, problem) || check_token(ingest, joiner, now_ms, problem))
        return -1;
    int found = registry_find(&ingest->registry, joiner->fingerprint, &agent, problem);
    if (found < 0 || (found && check_repeated(ingest, joiner, agent, problem)))
        return -1;
    if (!found) {
        agent = ingest->hot.highest + 1;
        if (agent > ingest->hot.room)
            return problem_set(problem, "fleet-full", "",
                "this server has room for %u agents: raise ingest.agents_max and restart it", ingest->hot.room);
        if (add(ingest, joiner, agent, now_ms, problem))
            return -1;
        ingest_admit(ingest, agent, joiner->token.site, joiner->secret);
        ingest->counts.enrolled++;
    }
    *ret_agent = agent;
    return 0;
}

static int tell_refused(void *arg, const struct fold_kind *kind)
{
    struct ingest *ingest = arg;
    const struct event_about about = { 0 };
    const struct event_enrolment_refused data = {
        .code = kind->code,
        .address = *kind->address ? kind->address : NULL,
        .has_token_id = kind->number,
        .token_id = kind->number,
        .has_count = true,
        .count = kind->count,
    };
    if (!bus_outbox_has_room(ingest->program.bus, CLASS_ACCESS))
        return -1;
    return emit_enrolment_refused(ingest->program.bus, &about, &data, NULL, NULL);
}

void enrol_tell_refused(void *arg)
{
    struct ingest *ingest = arg;
    fold_period(&ingest->refused, tell_refused, ingest);
}

static void refused(struct ingest *ingest, const struct joiner *joiner, const char *address, const char *code)
{
    const struct refusal refusal = { .code = code, .address = address, .number = joiner->token.id };
    ingest->counts.refused++;
    fold_add(&ingest->refused, &refusal, tell_refused, ingest);
}

int enrol(struct ingest *ingest, const struct call_agent_enrol *request, const char *address,
    struct call_agent_enrol_reply *ret, struct problem *problem)
{
    struct joiner joiner = { .request = request };
    int64_t mono_ms = clock_mono_ms();
    uint32_t agent = 0;
    if (guesses_too_many(&ingest->guesses, address, mono_ms)) {
        problem_set(problem, "too-many-attempts", "", "too many refused enrolments from this address: wait a minute");
        refused(ingest, &joiner, address, problem->code);
        return -1;
    }
    int error = join(ingest, &joiner, &agent, problem);
    crypto_forget(joiner.secret, sizeof(joiner.secret));
    if (error) {
        guesses_add(&ingest->guesses, address, mono_ms);
        refused(ingest, &joiner, address, problem->code);
        return -1;
    }
    const struct site *site = &ingest->sites.all[ingest->hot.site[agent]];
    int64_t port = ingest->program.settings.ingest.beat_port_public;
    *ret = (struct call_agent_enrol_reply){
        .agent = agent,
        .tenant = site->tenant,
        .site = site->name,
        .beat_port = port ? (uint32_t)port : beats_port(ingest->beats),
    };
    log_info("agent.enrolled", LOG_INT("agent", agent), LOG_TEXT("address", address));
    return 0;
}
