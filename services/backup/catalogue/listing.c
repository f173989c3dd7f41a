#include "services/backup/catalogue/listing.h"

#define OPEN "('taken', 'waiting', 'running')"

static void fetch(struct records *records, uint32_t agent, const char *backup, struct listed *ret)
{
    *ret = (struct listed){ 0 };
    ret->is_ordered = orders_find(records, backup, &ret->order) && ret->order.agent == agent;
    ret->is_done = snapshots_find(records, agent, backup, &ret->snapshot);
}

/* By hand, without an order, backups are made too: those stand in the catalogue alone. */
void listing_read(struct records *records, const struct listing_wants *wants, listing_each *each, void *arg)
{
    struct listed listed;
    struct db_rows *rows = records_query(records,
        "SELECT b.backup, b.agent FROM (SELECT backup, agent, ordered_ms AS at, document, state FROM ordered"
        " UNION ALL SELECT s.backup, s.agent, s.ended_ms, NULL, 'done' FROM snapshot AS s WHERE NOT EXISTS"
        " (SELECT 1 FROM ordered AS o WHERE o.backup = s.backup AND o.agent = s.agent)) AS b"
        " LEFT JOIN agent AS a ON a.agent = b.agent"
        " WHERE (?1 = 0 OR b.agent = ?1) AND (?2 IS NULL OR a.tenant = ?2) AND (?3 IS NULL OR b.document = ?3)"
        " AND (?4 IS NULL OR b.backup = ?4) AND (?5 IS NULL OR b.state = ?5)"
        " AND (?6 = 0 OR b.state IN " OPEN ") ORDER BY at DESC, b.backup LIMIT ?7",
        "issssii", (int64_t)wants->agent, wants->tenant, wants->document, wants->backup,
        wants->state < 0 ? NULL : backup_state_words[wants->state], (int64_t)wants->open, (int64_t)wants->limit);
    while (db_next(rows)) {
        fetch(records, (uint32_t)db_int(rows, 1), db_text(rows, 0), &listed);
        each(arg, &listed);
    }
    records_finish(rows);
}
