#include "lib/exchange/outgoing.h"

#include "lib/records.h"

#define FULL_AGAIN_MS INT64_C(5000)  /* a mailbox that is full: tried again so soon, doubling … */
#define FULL_LONG_MS INT64_C(900000) /* … to what an agent takes that looks by itself */

void outgoing_add(struct records *records, uint32_t agent, int64_t ticket, const void *envelope, size_t bytes)
{
    records_run(records, "INSERT INTO outgoing (ticket, agent, envelope) VALUES (nullif(?, 0), ?, ?)", "iib", ticket,
        (int64_t)agent, envelope, bytes);
}

void outgoing_forget(struct records *records, int64_t number)
{
    records_run(records, "DELETE FROM outgoing WHERE outgoing = ?", "i", number);
}

void outgoing_list(struct records *records, int64_t after, int64_t now_ms, size_t limit, outgoing_each *each, void *arg)
{
    struct db_rows *rows = records_query(records,
        "SELECT outgoing, ifnull(ticket, 0), agent, envelope FROM outgoing AS o WHERE outgoing > ?1"
        " AND NOT EXISTS (SELECT 1 FROM full_mailbox AS f WHERE f.agent = o.agent AND f.until_ms > ?2)"
        " ORDER BY outgoing LIMIT ?3",
        "iii", after, now_ms, (int64_t)limit);
    while (db_next(rows)) {
        const struct outgoing one = { db_int(rows, 0), db_int(rows, 1), (uint32_t)db_int(rows, 2) };
        size_t bytes;
        const void *envelope = db_blob(rows, 3, &bytes);
        each(arg, &one, envelope, bytes);
    }
    records_finish(rows);
}

int64_t outgoing_full(struct records *records, uint32_t agent, int64_t now_ms)
{
    int64_t since_ms = now_ms, until_ms = 0, tries = 0, again_ms = FULL_AGAIN_MS;
    struct db_rows *rows = records_query(
        records, "SELECT since_ms, until_ms, tries FROM full_mailbox WHERE agent = ?", "i", (int64_t)agent);
    if (db_next(rows)) {
        since_ms = db_int(rows, 0);
        until_ms = db_int(rows, 1);
        tries = db_int(rows, 2);
    }
    records_finish(rows);
    /* Others of its envelopes were under way with the one that said so. */
    if (until_ms > now_ms)
        return since_ms;
    for (int64_t i = 0; i < tries && again_ms < FULL_LONG_MS; i++)
        again_ms = again_ms * 2 < FULL_LONG_MS ? again_ms * 2 : FULL_LONG_MS;
    records_run(records, "INSERT OR REPLACE INTO full_mailbox (agent, since_ms, until_ms, tries) VALUES (?, ?, ?, ?)",
        "iiii", (int64_t)agent, since_ms, now_ms + again_ms, tries + 1);
    return since_ms;
}

void outgoing_not_full(struct records *records, uint32_t agent)
{
    records_run(records, "DELETE FROM full_mailbox WHERE agent = ?", "i", (int64_t)agent);
}

int64_t outgoing_full_until(struct records *records)
{
    /* For whom nothing waits any more it is none of our business. */
    records_run(records, "DELETE FROM full_mailbox WHERE agent NOT IN (SELECT agent FROM outgoing)", "");
    struct db_rows *rows = records_query(records, "SELECT min(until_ms) FROM full_mailbox", "");
    int64_t until_ms = db_next(rows) && db_text(rows, 0) ? db_int(rows, 0) : INT64_MAX;
    records_finish(rows);
    return until_ms;
}
