#include "services/ingest/enrolment/tokens.h"

#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "lib/db.h"
#include "lib/problem.h"
#include "services/ingest/registry/registry.h"

int token_make(struct registry *registry, uint32_t site, uint32_t uses, int64_t expires, char ret[TOKEN_BYTES],
    uint32_t *ret_id, struct problem *problem)
{
    uint8_t hash[SHA256_BYTES];
    char token[TOKEN_BYTES];
    crypto_token(token);
    crypto_sha256(token, strlen(token), hash);
    if (db_run(registry->db, problem, "INSERT INTO tokens (hash, site, uses_left, expires) VALUES (?, ?, ?, ?)", "biii",
            hash, sizeof(hash), (int64_t)site, (int64_t)uses, expires) < 0)
        return -1;
    memcpy(ret, token, sizeof(token));
    *ret_id = (uint32_t)db_last_id(registry->db);
    return 0;
}

int token_find(struct registry *registry, const char *text, struct token *ret, struct problem *problem)
{
    /* The time of a look-up by hash tells about the hash, from which nobody gets to the token. */
    uint8_t hash[SHA256_BYTES];
    crypto_sha256(text, strlen(text), hash);
    struct db_rows *rows = db_query(registry->db, problem,
        "SELECT id, site, uses_left, expires, revoked_at FROM tokens WHERE hash = ?", "b", hash, sizeof(hash));
    if (!rows)
        return -1;
    bool found = db_next(rows);
    struct token token = { 0 };
    if (found) {
        token = (struct token){
            .id = (uint32_t)db_int(rows, 0),
            .site = (uint32_t)db_int(rows, 1),
            .uses_left = (uint32_t)db_int(rows, 2),
            .expires = db_int(rows, 3),
            .revoked_at = db_int(rows, 4),
        };
    }
    if (db_rows_free(rows))
        return problem_set(problem, "db", "", "the tokens cannot be read");
    if (found)
        *ret = token;
    return found;
}

int token_spend(struct registry *registry, uint32_t id, struct problem *problem)
{
    int changed = db_run(registry->db, problem,
        "UPDATE tokens SET uses_left = uses_left - 1 WHERE id = ? AND uses_left > 0", "i", (int64_t)id);
    if (changed == 0)
        return problem_set(problem, "token-used-up", "token", "the token has been used up");
    return changed < 0 ? -1 : 0;
}

int token_revoke(struct registry *registry, uint32_t id, int64_t now_ms, struct problem *problem)
{
    return db_run(registry->db, problem, "UPDATE tokens SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?", "ii",
        now_ms, (int64_t)id);
}

static int add_row(struct call_token_list_reply *list, size_t limit, struct db_rows *rows)
{
    if (!list->rows && !(list->rows = calloc(limit, sizeof(*list->rows))))
        return -1;
    struct call_token_list_reply_row row = {
        .token_id = (uint32_t)db_int(rows, 0),
        .tenant = strdup(db_text(rows, 1)),
        .site = strdup(db_text(rows, 2)),
        .uses_left = (uint32_t)db_int(rows, 3),
        .expires = db_int(rows, 4),
    };
    list->rows[list->n_rows++] = row;
    return row.tenant && row.site ? 0 : -1;
}

int tokens_list(struct registry *registry, const char *tenant, int64_t now_ms, size_t limit,
    struct call_token_list_reply *ret, struct problem *problem)
{
    struct db_rows *rows = db_query(registry->db, problem,
        "SELECT tokens.id, sites.tenant, sites.name, uses_left, expires FROM tokens JOIN sites ON sites.id = site "
        "WHERE uses_left > 0 AND expires > ?1 AND revoked_at IS NULL AND (?2 IS NULL OR sites.tenant = ?2) "
        "ORDER BY tokens.id DESC LIMIT ?3",
        "isi", now_ms, tenant, (int64_t)limit);
    if (!rows)
        return -1;
    struct call_token_list_reply list = { 0 };
    int error = 0;
    while (!error && list.n_rows < limit && db_next(rows))
        error = add_row(&list, limit, rows);
    if (db_rows_free(rows) || error) {
        tokens_free(&list);
        return problem_set(problem, "db", "", "the tokens cannot be read");
    }
    *ret = list;
    return 0;
}

void tokens_free(struct call_token_list_reply *list)
{
    for (size_t i = 0; i < list->n_rows; i++) {
        free((char *)list->rows[i].tenant);
        free((char *)list->rows[i].site);
    }
    free(list->rows);
    *list = (struct call_token_list_reply){ 0 };
}
