#include "services/ingest/registry/registry.h"

#include <stdlib.h>
#include <string.h>

#include "lib/beat.h"
#include "lib/db.h"
#include "lib/files.h"
#include "lib/keywrap.h"
#include "lib/log.h"
#include "lib/problem.h"
#include "services/ingest/memory/hot.h"
#include "services/ingest/presence/presence.h"
#include "services/ingest/presence/sites.h"

#define WRAP_KEY_LABEL "vedette ingest secret v1"
#define SITES_MAX 1000000

static const char schema[] =
#include "registry/schema.inc"
    ;

static int read_master_key(const char *path, uint8_t ret[SECRET_BYTES], struct problem *problem)
{
    char *text;
    size_t bytes;
    if (file_read_secret(path, 256, &text, &bytes, problem))
        return -1;
    text[strcspn(text, "\r\n")] = '\0';
    int error = crypto_unhex(text, ret, SECRET_BYTES);
    crypto_forget(text, bytes);
    free(text);
    return error ? problem_set(problem, "bad-file", path, "%s must hold 64 hexadecimal digits", path) : 0;
}

int registry_open(struct registry *registry, const char *path, const char *master_key_file, struct problem *problem)
{
    uint8_t master[SECRET_BYTES];
    if (read_master_key(master_key_file, master, problem))
        return -1;
    crypto_hkdf(master, WRAP_KEY_LABEL, registry->wrap_key, sizeof(registry->wrap_key));
    crypto_forget(master, sizeof(master));
    registry->db = db_open(path, schema, problem);
    return registry->db ? 0 : -1;
}

void registry_close(struct registry *registry)
{
    db_close(registry->db);
    registry->db = NULL;
    crypto_forget(registry->wrap_key, sizeof(registry->wrap_key));
}

/* Release rows; the query may have ended early by an error of the disk. */
static int ended(struct db_rows *rows, struct problem *problem)
{
    return db_rows_free(rows) ? problem_set(problem, "db", "", "the registry cannot be read") : 0;
}

static int load_sites(struct registry *registry, struct sites *sites, struct problem *problem)
{
    struct db_rows *rows = db_query(registry->db, problem, "SELECT id, tenant, name FROM sites", "");
    if (!rows)
        return -1;
    int error = sites_add(sites, 0, "", "");
    while (!error && db_next(rows))
        error = sites_add(sites, (uint32_t)db_int(rows, 0), db_text(rows, 1), db_text(rows, 2));
    if (error)
        problem_set(problem, "no-memory", "", "no memory for the sites");
    return ended(rows, error ? NULL : problem) || error ? -1 : 0;
}

/* A random key that nobody knows: any beat is refused by its MAC. */
static void no_key(struct hot *hot, uint32_t agent)
{
    crypto_random(hot->pulse[agent].key, BEAT_KEY_BYTES);
}

static void load_key(const struct registry *registry, struct hot *hot, uint32_t agent, struct db_rows *rows, int column)
{
    uint8_t secret[SECRET_BYTES];
    size_t bytes;
    const void *wrapped = db_blob(rows, column, &bytes);
    if (!wrapped || bytes != WRAPPED_BYTES || keyunwrap(registry->wrap_key, wrapped, secret)) {
        log_error("agent.bad-secret", LOG_INT("agent", agent),
            LOG_TEXT("reason", "its secret does not open under this master key: it must be enrolled again"));
        no_key(hot, agent);
        return;
    }
    crypto_hkdf(secret, BEAT_KEY_LABEL, hot->pulse[agent].key, BEAT_KEY_BYTES);
    crypto_forget(secret, sizeof(secret));
}

static int load_agents(struct registry *registry, struct hot *hot, struct sites *sites, struct problem *problem)
{
    struct db_rows *rows = db_query(registry->db, problem,
        "SELECT id, site, secret, retired_at IS NOT NULL, maintenance_until IS NOT NULL FROM agents ORDER BY id", "");
    if (!rows)
        return -1;
    int error = 0;
    while (!error && db_next(rows)) {
        uint32_t agent = (uint32_t)db_int(rows, 0), site = (uint32_t)db_int(rows, 1);
        if (agent != hot->highest + 1 || agent > hot->room || site >= sites->n) {
            error = problem_set(problem, "bad-registry", "agents_max",
                "agent %u does not fit: ids must be dense and at most agents_max (%u)", agent, hot->room);
            break;
        }
        bool retired = db_int(rows, 3);
        hot->highest = agent;
        hot->site[agent] = site;
        hot_state_set(hot, agent, presence_registered(hot->cold[agent].state, retired, db_int(rows, 4)));
        if (retired)
            no_key(hot, agent);
        else
            load_key(registry, hot, agent, rows, 2);
    }
    return ended(rows, error ? NULL : problem) || error ? -1 : 0;
}

int registry_load(struct registry *registry, struct hot *hot, struct sites *sites, struct problem *problem)
{
    return load_sites(registry, sites, problem) || load_agents(registry, hot, sites, problem) ? -1 : 0;
}

uint32_t registry_site(
    struct registry *registry, struct sites *sites, const char *tenant, const char *name, struct problem *problem)
{
    struct db_rows *rows =
        db_query(registry->db, problem, "SELECT id FROM sites WHERE tenant = ? AND name = ?", "ss", tenant, name);
    if (!rows)
        return 0;
    uint32_t site = db_next(rows) ? (uint32_t)db_int(rows, 0) : 0;
    if (ended(rows, problem) || site)
        return site;
    if (sites->n > SITES_MAX) {
        problem_set(problem, "too-many", "site", "there are %d sites already", SITES_MAX);
        return 0;
    }
    if (db_run(registry->db, problem, "INSERT INTO sites (tenant, name) VALUES (?, ?)", "ss", tenant, name) < 0)
        return 0;
    site = (uint32_t)db_last_id(registry->db);
    if (sites_add(sites, site, tenant, name)) {
        problem_set(problem, "no-memory", "", "no memory for the site");
        return 0;
    }
    return site;
}

int registry_each(struct registry *registry, uint32_t from, uint32_t to,
    void (*each)(void *arg, const struct agent_row *), void *arg, struct problem *problem)
{
    struct db_rows *rows = db_query(registry->db, problem,
        "SELECT id, site, token, name, sign_key, seal_key, fingerprint, hostname, os, kernel, version, inventory, "
        "enrolled_at, coalesce(maintenance_until, -1) FROM agents WHERE id BETWEEN ? AND ? ORDER BY id",
        "ii", (int64_t)from, (int64_t)to);
    if (!rows)
        return -1;
    while (db_next(rows)) {
        const struct agent_row row = {
            .agent = (uint32_t)db_int(rows, 0),
            .site = (uint32_t)db_int(rows, 1),
            .token = (uint32_t)db_int(rows, 2),
            .name = db_text(rows, 3),
            .sign_key = db_text(rows, 4),
            .seal_key = db_text(rows, 5),
            .fingerprint = db_text(rows, 6),
            .hostname = db_text(rows, 7),
            .os = db_text(rows, 8),
            .kernel = db_text(rows, 9),
            .version = db_text(rows, 10),
            .inventory = db_text(rows, 11),
            .enrolled_at = db_int(rows, 12),
            .maintenance_until = db_int(rows, 13),
        };
        each(arg, &row);
    }
    return ended(rows, problem);
}

int registry_find(struct registry *registry, const char *fingerprint, uint32_t *ret_agent, struct problem *problem)
{
    struct db_rows *rows = db_query(
        registry->db, problem, "SELECT id FROM agents WHERE fingerprint = ? AND retired_at IS NULL", "s", fingerprint);
    if (!rows)
        return -1;
    bool found = db_next(rows);
    uint32_t agent = found ? (uint32_t)db_int(rows, 0) : 0;
    if (ended(rows, problem))
        return -1;
    *ret_agent = agent;
    return found;
}

int registry_add(
    struct registry *registry, const struct agent_row *row, const uint8_t secret[SECRET_BYTES], struct problem *problem)
{
    uint8_t wrapped[WRAPPED_BYTES];
    keywrap(registry->wrap_key, secret, wrapped);
    return db_run(registry->db, problem,
               "INSERT INTO agents (id, site, token, name, secret, sign_key, seal_key, fingerprint, hostname, os, "
               "kernel, "
               "version, enrolled_at) VALUES (?, ?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               "iiisbsssssssi", (int64_t)row->agent, (int64_t)row->site, (int64_t)row->token, row->name, wrapped,
               sizeof(wrapped), row->sign_key, row->seal_key, row->fingerprint, row->hostname, row->os, row->kernel,
               row->version, row->enrolled_at) < 0
               ? -1
               : 0;
}

int registry_secret(struct registry *registry, uint32_t agent, uint8_t ret[SECRET_BYTES], struct problem *problem)
{
    struct db_rows *rows =
        db_query(registry->db, problem, "SELECT secret FROM agents WHERE id = ?", "i", (int64_t)agent);
    if (!rows)
        return -1;
    size_t bytes = 0;
    const void *wrapped = db_next(rows) ? db_blob(rows, 0, &bytes) : NULL;
    bool opened = wrapped && bytes == WRAPPED_BYTES && !keyunwrap(registry->wrap_key, wrapped, ret);
    if (ended(rows, problem))
        return -1;
    return opened ? 0 : problem_set(problem, "bad-secret", "agent", "the secret of agent %u cannot be opened", agent);
}

int registry_rename(struct registry *registry, uint32_t agent, const char *name, struct problem *problem)
{
    return db_run(registry->db, problem, "UPDATE agents SET name = ? WHERE id = ?", "si", name, (int64_t)agent) < 0 ? -1
                                                                                                                    : 0;
}

int registry_move(struct registry *registry, uint32_t agent, uint32_t site, struct problem *problem)
{
    return db_run(registry->db, problem, "UPDATE agents SET site = ? WHERE id = ?", "ii", (int64_t)site,
               (int64_t)agent) < 0
               ? -1
               : 0;
}

int registry_retire(struct registry *registry, uint32_t agent, int64_t now_ms, struct problem *problem)
{
    return db_run(registry->db, problem,
               "UPDATE agents SET retired_at = ?, maintenance_until = NULL, secret = x'' WHERE id = ?", "ii", now_ms,
               (int64_t)agent) < 0
               ? -1
               : 0;
}

int registry_set_maintenance(struct registry *registry, uint32_t agent, int64_t until_ms, struct problem *problem)
{
    return db_run(registry->db, problem, "UPDATE agents SET maintenance_until = nullif(?, -1) WHERE id = ?", "ii",
               until_ms, (int64_t)agent) < 0
               ? -1
               : 0;
}

uint32_t registry_maintenance_over(struct registry *registry, int64_t now_ms)
{
    struct problem problem;
    struct db_rows *rows = db_query(registry->db, &problem,
        "SELECT id FROM agents WHERE maintenance_until > 0 AND maintenance_until <= ? LIMIT 1", "i", now_ms);
    if (!rows)
        return 0;
    uint32_t agent = db_next(rows) ? (uint32_t)db_int(rows, 0) : 0;
    return db_rows_free(rows) ? 0 : agent;
}

int registry_report(struct registry *registry, const struct agent_row *row, struct problem *problem)
{
    /* Most reports repeat the last one: then nothing is written and nothing waits for the disk. */
    return db_run(registry->db, problem,
        "UPDATE agents SET hostname = coalesce(?1, hostname), os = coalesce(?2, os), kernel = coalesce(?3, kernel), "
        "version = coalesce(?4, version), inventory = coalesce(?5, inventory) WHERE id = ?6 AND "
        "(?1 <> ifnull(hostname, '') OR ?2 <> ifnull(os, '') OR ?3 <> ifnull(kernel, '') OR ?4 <> ifnull(version, '') "
        "OR "
        "?5 <> ifnull(inventory, ''))",
        "sssssi", row->hostname, row->os, row->kernel, row->version, row->inventory, (int64_t)row->agent);
}

int registry_kept(struct registry *registry, const char *name, void *ret, size_t bytes)
{
    struct problem problem;
    struct db_rows *rows = db_query(registry->db, &problem, "SELECT value FROM kept WHERE name = ?", "s", name);
    if (!rows)
        return -1;
    size_t length = 0;
    const void *value = db_next(rows) ? db_blob(rows, 0, &length) : NULL;
    if (value && length == bytes)
        memcpy(ret, value, bytes);
    return db_rows_free(rows) || !value || length != bytes ? -1 : 0;
}

int registry_keep(struct registry *registry, const char *name, const void *value, size_t bytes, struct problem *problem)
{
    return db_run(registry->db, problem, "INSERT OR REPLACE INTO kept (name, value) VALUES (?, ?)", "sb", name, value,
               bytes) < 0
               ? -1
               : 0;
}
