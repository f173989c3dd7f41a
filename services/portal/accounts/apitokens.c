#include "services/portal/accounts/apitokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/db.h"
#include "services/portal/accounts/accounts.h"
#include "services/portal/feed/feed.h"
#include "services/portal/web.h"

#define TOKENS_MAX 1000

const char *apitoken_of_header(const char *authorization)
{
    static const char scheme[] = "Bearer ";
    if (strncasecmp(authorization, scheme, sizeof(scheme) - 1))
        return NULL;
    const char *token = authorization + sizeof(scheme) - 1;
    token += strspn(token, " ");
    return strlen(token) == APITOKEN_BYTES - 1 && !strncmp(token, APITOKEN_PREFIX, strlen(APITOKEN_PREFIX)) ? token
                                                                                                            : NULL;
}

bool apitoken_is_for(const char *only, const char *call)
{
    size_t length = strlen(call);
    if (!only || !*only)
        return true;
    for (; *only; only += strcspn(only, " ")) {
        only += strspn(only, " ");
        if (strcspn(only, " ") == length && !strncmp(only, call, length))
            return true;
    }
    return false;
}

int apitoken_identify(struct db *db, const char *authorization, struct identity *ret, struct problem *problem)
{
    const char *token = apitoken_of_header(authorization);
    if (!token)
        return 0;
    uint8_t hash[SHA256_BYTES];
    crypto_sha256(token, strlen(token), hash);
    struct db_rows *rows = db_query(db, problem,
        "SELECT name, role, tenant, only FROM api_tokens WHERE hash = ? AND expires_ms > ? "
        "AND maker NOT IN (SELECT 'user:' || user FROM users WHERE disabled)",
        "bi", hash, sizeof(hash), clock_wall_ms());
    if (!rows)
        return -1;
    int found = db_next(rows);
    if (found) {
        *ret = (struct identity){ .role = (int)db_int(rows, 1) };
        snprintf(ret->user, sizeof(ret->user), "%s", db_text(rows, 0));
        snprintf(ret->tenant, sizeof(ret->tenant), "%s", db_text(rows, 2) ? db_text(rows, 2) : "");
        snprintf(ret->only, sizeof(ret->only), "%s", db_text(rows, 3) ? db_text(rows, 3) : "");
    }
    if (db_rows_free(rows))
        return problem_set(problem, "db", "", "reading API tokens failed");
    return found;
}

/* Who asks for a token, and what they may hand on: a user's own role and tenant; on the host, everything. A token makes
 * none (routes.def): what was stolen with one is over when it is revoked. */
struct maker {
    int role;
    char tenant[33];
};

static int find_maker(struct db *db, const char *actor, struct maker *ret, struct problem *problem)
{
    struct account account;
    *ret = (struct maker){ .role = ROLE_ADMINISTRATOR };
    if (!strncmp(actor, "cli:", 4))
        return 0;
    if (strncmp(actor, "user:", 5) || account_find(db, actor + 5, &account, problem) != 1)
        return problem_set(problem, "no-permission", "", "it is not known who asks");
    ret->role = account.role;
    memcpy(ret->tenant, account.tenant, sizeof(account.tenant));
    return 0;
}

static bool is_route(const char *call, size_t length)
{
    for (size_t i = 0; i < route_count; i++) {
        int number = route_rows[i].call;
        if (number >= 0 && strlen(call_rows[number].name) == length && !strncmp(call_rows[number].name, call, length))
            return true;
    }
    return false;
}

/* A slip of the pen would make a token that is good for nothing. */
static int check_only(const char *only, struct problem *problem)
{
    for (const char *at = only; at && *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        if (!is_route(at, length))
            return problem_set(problem, "bad-field", "only", "there is no call %.*s over HTTP", (int)length, at);
        at += length;
    }
    return 0;
}

static int check_create(const struct maker *maker, const struct call_apitoken_create *in, struct problem *problem)
{
    if (in->role > maker->role)
        return problem_set(problem, "no-permission", "role", "a token cannot do more than its maker");
    if (maker->tenant[0] && (!in->tenant || strcmp(in->tenant, maker->tenant)))
        return problem_set(problem, "no-permission", "tenant", "a token cannot reach beyond its maker's tenant");
    return check_only(in->only, problem);
}

/* The name of an expired one is free again. */
static int store(struct db *db, const char *token, const char *actor, const struct call_apitoken_create *in,
    int64_t expires_ms, struct problem *problem)
{
    uint8_t hash[SHA256_BYTES];
    crypto_sha256(token, strlen(token), hash);
    if (db_run(db, problem, "DELETE FROM api_tokens WHERE name = ? AND expires_ms <= ?", "si", in->name,
            clock_wall_ms()) < 0)
        return -1;
    int stored = db_run(db, problem,
        "INSERT INTO api_tokens (hash, name, role, tenant, expires_ms, maker, only) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?8 "
        "WHERE (SELECT count(*) FROM api_tokens) < ?7",
        "bsisisis", hash, sizeof(hash), in->name, (int64_t)in->role, in->tenant, expires_ms, actor, (int64_t)TOKENS_MAX,
        in->only);
    if (stored < 0 && !strcmp(problem->code, "constraint"))
        return problem_set(problem, "exists", "name", "there is a token of this name already");
    if (stored == 0)
        return problem_set(problem, "too-many", "", "there are %d API tokens already", TOKENS_MAX);
    return stored < 0 ? -1 : 0;
}

void serve_apitoken_create(struct bus_request *request, const struct call_apitoken_create *in)
{
    struct db *db = portal_of(request)->db;
    const char *actor = bus_request_actor(request);
    struct maker maker;
    struct problem problem;
    char token[APITOKEN_BYTES] = APITOKEN_PREFIX;
    crypto_token(token + strlen(APITOKEN_PREFIX));
    int64_t expires_ms = clock_wall_ms() + in->ttl_s * 1000LL;
    if (find_maker(db, actor, &maker, &problem) || check_create(&maker, in, &problem) ||
        store(db, token, actor, in, expires_ms, &problem)) {
        bus_refuse(request, &problem);
    } else {
        const struct call_apitoken_create_reply reply = {
            .token_id = (uint32_t)db_last_id(db), .token = token, .expires = expires_ms
        };
        answer_apitoken_create(request, &reply);
    }
    crypto_forget(token, sizeof(token));
}

static void read_row(struct db_rows *rows, struct call_apitoken_list_reply_row *ret)
{
    *ret = (struct call_apitoken_list_reply_row){ .token_id = (uint32_t)db_int(rows, 0),
        .name = strdup(db_text(rows, 1)),
        .role = (int)db_int(rows, 2),
        .tenant = db_text(rows, 3) ? strdup(db_text(rows, 3)) : NULL,
        .expires = db_int(rows, 4),
        .only = db_text(rows, 5) ? strdup(db_text(rows, 5)) : NULL };
}

void serve_apitoken_list(struct bus_request *request, const struct call_apitoken_list *in)
{
    (void)in;
    struct problem problem;
    struct call_apitoken_list_reply reply = { .rows = calloc(TOKENS_MAX, sizeof(*reply.rows)) };
    struct db_rows *rows = reply.rows ? db_query(portal_of(request)->db, &problem,
                                            "SELECT token_id, name, role, tenant, expires_ms, only FROM api_tokens "
                                            "WHERE expires_ms > ? ORDER BY token_id",
                                            "i", clock_wall_ms())
                                      : NULL;
    if (!reply.rows)
        problem_set(&problem, "no-memory", "", "out of memory");
    while (rows && reply.n_rows < TOKENS_MAX && db_next(rows))
        read_row(rows, &reply.rows[reply.n_rows++]);
    if (rows && db_rows_free(rows) == 0)
        answer_apitoken_list(request, &reply);
    else
        bus_refuse(request, &problem);
    for (size_t i = 0; i < reply.n_rows; i++) {
        free((void *)reply.rows[i].name);
        free((void *)reply.rows[i].tenant);
        free((void *)reply.rows[i].only);
    }
    free(reply.rows);
}

void serve_apitoken_revoke(struct bus_request *request, const struct call_apitoken_revoke *in)
{
    struct problem problem;
    const struct call_apitoken_revoke_reply reply = { 0 };
    struct db_rows *rows = db_query(portal_of(request)->db, &problem,
        "SELECT name, role, tenant, only FROM api_tokens WHERE token_id = ?", "i", (int64_t)in->token_id);
    if (rows && db_next(rows))
        bus_request_old(
            request, json_pack("{s:s, s:s, s:s*, s:s*}", "name", db_text(rows, 0), "role", role_words[db_int(rows, 1)],
                         "tenant", db_text(rows, 2), "only", db_text(rows, 3)));
    if (rows)
        db_rows_free(rows);
    int gone = db_run(
        portal_of(request)->db, &problem, "DELETE FROM api_tokens WHERE token_id = ?", "i", (int64_t)in->token_id);
    if (gone == 0)
        problem_set(&problem, "not-found", "token_id", "there is no such API token");
    if (gone < 1) {
        bus_refuse(request, &problem);
        return;
    }
    feed_end(portal_of(request)->feed, FEED_OF_TOKENS);
    answer_apitoken_revoke(request, &reply);
}
