#include "services/scheduler/delivery/deliveries.h"

#include "lib/message/message.h"

static const char *const what_words[] = { "document", "stop", "checkpoint", NULL };

void deliveries_add(
    struct records *records, int64_t number, uint32_t agent, uint32_t ring, enum delivery_what what, bool held)
{
    records_run(records, "INSERT OR IGNORE INTO delivery (number, agent, ring, what, state) VALUES (?, ?, ?, ?, ?)",
        "iiiss", number, (int64_t)agent, (int64_t)ring, what_words[what], held ? "held" : "ready");
}

void deliveries_first(struct records *records, int64_t number)
{
    records_run(records, "UPDATE delivery SET urgent = 1 WHERE number = ?", "i", number);
}

static struct delivery read_row(struct db_rows *row)
{
    return (struct delivery){
        .delivery = db_int(row, 0),
        .number = db_int(row, 1),
        .agent = (uint32_t)db_int(row, 2),
        .what = (enum delivery_what)word_index(what_words, db_text(row, 3)),
    };
}

size_t deliveries_ready(struct records *records, struct delivery *ret, size_t n)
{
    size_t found = 0;
    struct db_rows *rows = records_query(records,
        "SELECT delivery, number, agent, what FROM delivery WHERE state = 'ready'"
        " ORDER BY urgent DESC, what DESC, delivery LIMIT ?",
        "i", (int64_t)n);
    while (db_next(rows))
        ret[found++] = read_row(rows);
    records_finish(rows);
    return found;
}

static void set_state(struct records *records, int64_t delivery, const char *state)
{
    records_run(records, "UPDATE delivery SET state = ? WHERE delivery = ?", "si", state, delivery);
}

void deliveries_sealed(struct records *records, int64_t delivery)
{
    set_state(records, delivery, "sealed");
}

void deliveries_checkpoint(struct records *records, uint32_t agent)
{
    records_run(records,
        "DELETE FROM delivery WHERE number = 0 AND agent = ? AND what = 'checkpoint'"
        " AND state IN ('put', 'dropped')",
        "i", (int64_t)agent);
    deliveries_add(records, 0, agent, 0, DELIVERY_CHECKPOINT, false);
}

void deliveries_proving(struct records *records, int64_t delivery)
{
    set_state(records, delivery, "proving");
}

bool deliveries_is_proving(struct records *records, uint32_t agent)
{
    return records_number(records_query(records,
        "SELECT 1 FROM delivery WHERE state = 'proving' AND (?1 = 0 OR agent = ?1) LIMIT 1", "i", (int64_t)agent));
}

void deliveries_proved(struct records *records, size_t n)
{
    if (!deliveries_is_proving(records, 0))
        return;
    records_run(records,
        "UPDATE delivery SET state = 'ready' WHERE delivery IN"
        " (SELECT delivery FROM delivery WHERE state = 'proving' ORDER BY delivery LIMIT ?)",
        "i", (int64_t)n);
}

bool deliveries_again(struct records *records, int64_t number, uint32_t agent, unsigned most)
{
    return records_run(records,
               "UPDATE delivery SET state = 'ready', tries = tries + 1 WHERE number = ? AND agent = ?"
               " AND what = 'document' AND state = 'put' AND tries < ?",
               "iii", number, (int64_t)agent, (int64_t)most) > 0;
}

bool deliveries_known(struct records *records, int64_t number, uint32_t agent)
{
    return records_number(records_query(records,
        "SELECT 1 FROM delivery WHERE number = ? AND agent = ? AND what = 'document' AND state IN ('sealed', 'put')",
        "ii", number, (int64_t)agent));
}

bool deliveries_brings_trust(struct records *records, const char *document, uint32_t agent)
{
    struct db_rows *rows = records_query(records,
        "SELECT 1 FROM document AS d WHERE d.document = ? AND d.kind = 'trust' AND ((d.state = 'logged' AND"
        " d.resolved = 0) OR EXISTS (SELECT 1 FROM delivery AS v WHERE v.number = d.number AND v.agent = ?"
        " AND v.what = 'document' AND v.state NOT IN ('put', 'dropped'))) LIMIT 1",
        "si", document, (int64_t)agent);
    bool brings = db_next(rows);
    records_finish(rows);
    return brings;
}

bool deliveries_get(struct records *records, int64_t delivery, struct delivery *ret)
{
    struct db_rows *rows =
        records_query(records, "SELECT delivery, number, agent, what FROM delivery WHERE delivery = ?", "i", delivery);
    bool found = db_next(rows);
    if (found)
        *ret = read_row(rows);
    records_finish(rows);
    return found;
}

void deliveries_drop(struct records *records, int64_t delivery)
{
    set_state(records, delivery, "dropped");
}

void deliveries_put(struct records *records, int64_t delivery)
{
    set_state(records, delivery, "put");
}

bool deliveries_next_held(struct records *records, int64_t after, int64_t *ret_number, uint32_t *ret_ring)
{
    struct db_rows *rows = records_query(records,
        "SELECT number, ring FROM delivery WHERE state = 'held' AND number > ? ORDER BY number, ring LIMIT 1", "i",
        after);
    bool found = db_next(rows);
    if (found) {
        *ret_number = db_int(rows, 0);
        *ret_ring = (uint32_t)db_int(rows, 1);
    }
    records_finish(rows);
    return found;
}

void deliveries_release(struct records *records, int64_t number, uint32_t ring)
{
    records_run(records, "UPDATE delivery SET state = 'ready' WHERE number = ? AND state = 'held' AND ring = ?", "ii",
        number, (int64_t)ring);
}

void deliveries_withdraw(struct records *records, int64_t number)
{
    records_run(records,
        "UPDATE delivery SET state = 'dropped' WHERE number = ? AND what = 'document'"
        " AND state IN ('held', 'ready', 'proving')",
        "i", number);
}

void deliveries_stop(struct records *records, int64_t number)
{
    records_run(records,
        "INSERT OR IGNORE INTO delivery (number, agent, ring, what, state)"
        " SELECT number, agent, 0, 'stop', 'ready' FROM delivery"
        " WHERE number = ? AND what = 'document' AND state IN ('sealed', 'put')",
        "i", number);
}
