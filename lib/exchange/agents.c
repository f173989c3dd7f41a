#include "lib/exchange/agents.h"

#include <stdio.h>
#include <string.h>

#include "lib/problem.h"

int agents_note(struct records *records, const struct call_agent_keys_reply_row *row)
{
    struct agent_known known;
    bool was = agents_get(records, row->agent, &known);
    records_run(records,
        "INSERT OR REPLACE INTO agent (agent, fingerprint, sign_key, seal_key, tenant, site, name)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        "issssss", (int64_t)row->agent, row->fingerprint, row->sign_key, row->seal_key, row->tenant, row->site,
        row->name);
    return !was || strcmp(known.tenant, row->tenant) || strcmp(known.site, row->site);
}

void agents_rename(struct records *records, uint32_t agent, const char *name)
{
    records_run(records, "UPDATE agent SET name = ? WHERE agent = ?", "si", name, (int64_t)agent);
}

void agents_forget(struct records *records, uint32_t agent)
{
    records_run(records, "DELETE FROM agent WHERE agent = ?", "i", (int64_t)agent);
}

static void read_keys(struct db_rows *rows, struct agent_known *ret)
{
    snprintf(ret->fingerprint, sizeof(ret->fingerprint), "%s", db_text(rows, 0));
    snprintf(ret->signer, sizeof(ret->signer), "%s", db_text(rows, 1));
    snprintf(ret->sign_key, sizeof(ret->sign_key), "%s", db_text(rows, 2));
    snprintf(ret->seal_key, sizeof(ret->seal_key), "%s", db_text(rows, 3));
    snprintf(ret->signer_before, sizeof(ret->signer_before), "%s", db_text(rows, 4));
    snprintf(ret->sign_key_before, sizeof(ret->sign_key_before), "%s", db_text(rows, 5));
    ret->since = (struct stream_place){ (uint64_t)db_int(rows, 6), (uint64_t)db_int(rows, 7) };
}

bool agents_get(struct records *records, uint32_t agent, struct agent_known *ret)
{
    struct db_rows *rows = records_query(records,
        "SELECT a.fingerprint, ifnull(k.signer, a.fingerprint), ifnull(k.sign_key, a.sign_key),"
        " ifnull(k.seal_key, a.seal_key), ifnull(k.signer_before, ''), ifnull(k.sign_key_before, ''),"
        " ifnull(k.since_incarnation, 0), ifnull(k.since_counter, 0), tenant, site, name FROM agent a"
        " LEFT JOIN agent_key k ON k.agent = a.agent AND k.fingerprint = a.fingerprint WHERE a.agent = ?",
        "i", (int64_t)agent);
    bool found = db_next(rows);
    if (found) {
        ret->agent = agent;
        read_keys(rows, ret);
        snprintf(ret->tenant, sizeof(ret->tenant), "%s", db_text(rows, 8));
        snprintf(ret->site, sizeof(ret->site), "%s", db_text(rows, 9));
        snprintf(ret->name, sizeof(ret->name), "%s", db_text(rows, 10));
    }
    records_finish(rows);
    return found;
}

const char *agents_sign_key(const struct agent_known *agent, const char *fingerprint)
{
    if (!strcmp(fingerprint, agent->signer))
        return agent->sign_key;
    return strcmp(fingerprint, agent->signer_before) ? NULL : agent->sign_key_before;
}

static bool is_used(const struct agent_known *agent)
{
    return agent->since.incarnation;
}

bool agents_may_sign(const struct agent_known *agent, const char *fingerprint, struct stream_place place)
{
    const struct stream_place *since = &agent->since;
    return !strcmp(fingerprint, agent->signer) || !is_used(agent) || place.incarnation < since->incarnation ||
           (place.incarnation == since->incarnation && place.counter < since->counter);
}

void agents_signed(
    struct records *records, const struct agent_known *agent, const char *fingerprint, struct stream_place place)
{
    if (is_used(agent) || strcmp(fingerprint, agent->signer) || !*agent->signer_before)
        return;
    records_run(records, "UPDATE agent_key SET since_incarnation = ?, since_counter = ? WHERE agent = ?", "iii",
        (int64_t)place.incarnation, (int64_t)place.counter, (int64_t)agent->agent);
}

static void keep_keys(struct records *records, const struct agent_known *agent, const struct envelope_key *sign,
    const struct envelope_key *seal, const char *before)
{
    records_run(records,
        "INSERT OR REPLACE INTO agent_key (agent, fingerprint, signer, sign_key, seal_key, signer_before,"
        " sign_key_before) VALUES (?, ?, ?, ?, ?, ?, ?)",
        "issssss", (int64_t)agent->agent, agent->fingerprint, envelope_key_fingerprint(sign), envelope_key_spki(sign),
        envelope_key_spki(seal), before, agents_sign_key(agent, before));
}

int agents_rekey(struct records *records, const struct agent_known *agent, const char *signer, const char *sign_key,
    const char *seal_key, struct problem *problem)
{
    bool by_newest = !strcmp(signer, agent->signer);
    if (!by_newest && is_used(agent))
        return problem_set(problem, "old-key", "", "agent %u has changed its keys since it said that", agent->agent);
    struct envelope_key *sign = envelope_key_public(sign_key, problem);
    struct envelope_key *seal = sign ? envelope_key_public(seal_key, problem) : NULL;
    if (seal && strcmp(envelope_key_fingerprint(sign), agent->signer))
        keep_keys(records, agent, sign, seal, signer);
    envelope_key_free(sign);
    envelope_key_free(seal);
    return seal ? 0 : -1;
}

bool agents_by_fingerprint(struct records *records, const char *fingerprint, uint32_t *ret, char ret_tenant[SITE_BYTES])
{
    struct db_rows *rows =
        records_query(records, "SELECT agent, tenant FROM agent WHERE fingerprint = ?", "s", fingerprint);
    bool found = db_next(rows);
    if (found) {
        *ret = (uint32_t)db_int(rows, 0);
        snprintf(ret_tenant, SITE_BYTES, "%s", db_text(rows, 1));
    }
    records_finish(rows);
    return found;
}

void agents_of(struct records *records, const char *tenant, const char *site, agents_each *each, void *arg)
{
    struct db_rows *rows = records_query(records,
        "SELECT agent FROM agent WHERE (?1 IS NULL OR tenant = ?1) AND (?2 IS NULL OR site = ?2) ORDER BY agent", "ss",
        tenant, site);
    while (db_next(rows))
        each(arg, (uint32_t)db_int(rows, 0));
    records_finish(rows);
}
