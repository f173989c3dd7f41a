#include "services/scheduler/chain.h"

#include <string.h>

#include "lib/crypto.h"
#include "lib/problem.h"

static void people_of(const struct trust *trust, const char *text, char *ret, size_t room)
{
    struct dsse dsse;
    struct signers signers = { 0 };
    if (!dsse_parse(text, strlen(text), &dsse, NULL)) {
        verify_signers(&dsse, trust, NULL, &signers, NULL);
        dsse_free(&dsse);
    }
    signers_text(&signers, trust, ret, room);
}

void chain_add(struct records *records, const struct trust *trust, const char *dsse)
{
    struct problem problem;
    char sha256[HEX_BYTES(SHA256_BYTES)], signers[1025];
    crypto_hex(trust->sha256, sizeof(trust->sha256), sha256);
    people_of(trust, dsse, signers, sizeof(signers));
    records_ran(db_run(records_write(records), &problem,
                    "INSERT INTO trust (version, sha256, signers, dsse, made_ms) VALUES (?, ?, ?, ?, ?)", "isssi",
                    (int64_t)trust->body->head.version, sha256, signers, dsse, trust->body->head.made_at),
        &problem);
}

static char *one_text(struct db_rows *rows, const struct problem *problem)
{
    const struct problem no_memory = { .code = "no-memory", .reason = "no memory for a trust file" };
    char *text = NULL;
    records_checked(rows, problem);
    if (db_next(rows)) {
        text = strdup(db_text(rows, 0));
        if (!text)
            records_fail(&no_memory);
    }
    records_finish(rows);
    return text;
}

char *chain_newest(struct records *records)
{
    struct problem problem;
    return one_text(
        db_query(records_db(records), &problem, "SELECT dsse FROM trust ORDER BY version DESC LIMIT 1", ""), &problem);
}

char *chain_get(struct records *records, uint32_t version)
{
    struct problem problem;
    return one_text(
        db_query(records_db(records), &problem, "SELECT dsse FROM trust WHERE version = ?", "i", (int64_t)version),
        &problem);
}

char *chain_revocation(struct records *records)
{
    struct problem problem;
    return one_text(db_query(records_db(records), &problem,
                        "SELECT dsse FROM document WHERE kind = 'revocation' AND state = 'logged'"
                        " ORDER BY version DESC LIMIT 1",
                        ""),
        &problem);
}

uint32_t chain_first(struct records *records)
{
    struct problem problem;
    struct db_rows *rows = records_checked(
        db_query(records_db(records), &problem, "SELECT ifnull(min(version), 0) FROM trust", ""), &problem);
    uint32_t version = db_next(rows) ? (uint32_t)db_int(rows, 0) : 0;
    records_finish(rows);
    return version;
}

void chain_from(struct records *records, uint32_t version, uint32_t limit, chain_each *each, void *arg)
{
    struct problem problem;
    struct db_rows *rows = records_checked(
        db_query(records_db(records), &problem,
            "SELECT version, sha256, signers, made_ms, dsse FROM trust WHERE version >= ? ORDER BY version LIMIT ?",
            "ii", (int64_t)version, (int64_t)limit),
        &problem);
    while (db_next(rows))
        each(arg, (uint32_t)db_int(rows, 0), db_text(rows, 1), db_text(rows, 2), db_int(rows, 3), db_text(rows, 4));
    records_finish(rows);
}
