#include "services/scheduler/documents/chain.h"

#include <string.h>

#include "lib/crypto.h"

static void people_of(const struct trust *trust, const char *text, char *ret, size_t room)
{
    struct dsse dsse;
    struct signers signers = { 0 };
    if (!dsse_parse(text, strlen(text), &dsse, NULL)) {
        verify_signers(&dsse, trust, TRUST_NONE_REVOKED, &signers, NULL);
        dsse_free(&dsse);
    }
    signers_text(&signers, trust, ret, room);
}

void chain_add(struct records *records, const struct trust *trust, const char *dsse)
{
    char sha256[HEX_BYTES(SHA256_BYTES)], signers[1025];
    crypto_hex(trust->sha256, sizeof(trust->sha256), sha256);
    people_of(trust, dsse, signers, sizeof(signers));
    records_run(records, "INSERT INTO trust (version, sha256, signers, dsse, made_ms) VALUES (?, ?, ?, ?, ?)", "isssi",
        (int64_t)trust->body->head.version, sha256, signers, dsse, trust->body->head.made_at);
}

char *chain_newest(struct records *records)
{
    return records_text(records_query(records, "SELECT dsse FROM trust ORDER BY version DESC LIMIT 1", ""));
}

char *chain_get(struct records *records, uint32_t version)
{
    return records_text(records_query(records, "SELECT dsse FROM trust WHERE version = ?", "i", (int64_t)version));
}

char *chain_revocation(struct records *records)
{
    return records_text(records_query(records,
        "SELECT dsse FROM document WHERE kind = 'revocation' AND state = 'logged'"
        " ORDER BY version DESC LIMIT 1",
        ""));
}

uint32_t chain_first(struct records *records)
{
    return (uint32_t)records_number(records_query(records, "SELECT min(version) FROM trust", ""));
}

void chain_from(struct records *records, uint32_t version, uint32_t limit, chain_each *each, void *arg)
{
    struct db_rows *rows = records_query(records,
        "SELECT version, sha256, signers, made_ms, dsse FROM trust WHERE version >= ? ORDER BY version LIMIT ?", "ii",
        (int64_t)version, (int64_t)limit);
    while (db_next(rows))
        each(arg, (uint32_t)db_int(rows, 0), db_text(rows, 1), db_text(rows, 2), db_int(rows, 3), db_text(rows, 4));
    records_finish(rows);
}
