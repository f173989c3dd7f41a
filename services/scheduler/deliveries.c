#include "services/scheduler/deliveries.h"

#include "lib/message.h"
#include "lib/problem.h"

#define FULL_AGAIN_MS INT64_C(5000)  /* a mailbox that is full: tried again so soon, doubling … */
#define FULL_LONG_MS INT64_C(900000) /* … to what an agent takes that looks by itself */

static const char *const what_words[] = { "document", "stop", "checkpoint", NULL };

void deliveries_add(
    struct records *records, int64_t number, uint32_t agent, uint32_t ring, enum delivery_what what, bool held)
{
    struct problem problem;
    records_ran(db_run(records_write(records), &problem,
                    "INSERT OR IGNORE INTO delivery (number, agent, ring, what, state) VALUES (?, ?, ?, ?, ?)", "iiiss",
                    number, (int64_t)agent, (int64_t)ring, what_words[what], held ? "held" : "ready"),
        &problem);
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
    struct problem problem;
    size_t found = 0;
    struct db_rows *rows =
        records_checked(db_query(records_db(records), &problem,
                            "SELECT delivery, number, agent, what FROM delivery WHERE state = 'ready'"
                            " ORDER BY what DESC, delivery LIMIT ?",
                            "i", (int64_t)n),
            &problem);
    while (db_next(rows))
        ret[found++] = read_row(rows);
    records_finish(rows);
    return found;
}

static void set_state(struct records *records, int64_t delivery, const char *state)
{
    struct problem problem;
    records_ran(db_run(records_write(records), &problem, "UPDATE delivery SET state = ? WHERE delivery = ?", "si",
                    state, delivery),
        &problem);
}

void deliveries_sealed(struct records *records, const struct delivery *delivery, const void *envelope, size_t bytes)
{
    struct problem problem;
    set_state(records, delivery->delivery, "sealed");
    records_ran(
        db_run(records_write(records), &problem, "INSERT INTO outgoing (delivery, agent, envelope) VALUES (?, ?, ?)",
            "iib", delivery->delivery, (int64_t)delivery->agent, envelope, bytes),
        &problem);
}

void deliveries_checkpoint(struct records *records, uint32_t agent)
{
    struct problem problem;
    records_ran(db_run(records_write(records), &problem,
                    "DELETE FROM delivery WHERE number = 0 AND agent = ? AND what = 'checkpoint'"
                    " AND state IN ('put', 'dropped')",
                    "i", (int64_t)agent),
        &problem);
    deliveries_add(records, 0, agent, 0, DELIVERY_CHECKPOINT, false);
}

void deliveries_proving(struct records *records, int64_t delivery)
{
    set_state(records, delivery, "proving");
}

/* agent 0: of any. */
static bool is_proving(struct records *records, uint32_t agent)
{
    struct problem problem;
    struct db_rows *rows = records_checked(
        db_query(records_db(records), &problem,
            "SELECT 1 FROM delivery WHERE state = 'proving' AND (?1 = 0 OR agent = ?1) LIMIT 1", "i", (int64_t)agent),
        &problem);
    bool is = db_next(rows);
    records_finish(rows);
    return is;
}

bool deliveries_is_proving(struct records *records, uint32_t agent)
{
    return is_proving(records, agent);
}

void deliveries_proved(struct records *records, size_t n)
{
    struct problem problem;
    if (!is_proving(records, 0))
        return;
    records_ran(db_run(records_write(records), &problem,
                    "UPDATE delivery SET state = 'ready' WHERE delivery IN"
                    " (SELECT delivery FROM delivery WHERE state = 'proving' ORDER BY delivery LIMIT ?)",
                    "i", (int64_t)n),
        &problem);
}

bool deliveries_again(struct records *records, int64_t number, uint32_t agent, unsigned most)
{
    struct problem problem;
    return records_ran(db_run(records_write(records), &problem,
                           "UPDATE delivery SET state = 'ready', tries = tries + 1 WHERE number = ? AND agent = ?"
                           " AND what = 'document' AND state = 'put' AND tries < ?",
                           "iii", number, (int64_t)agent, (int64_t)most),
               &problem) > 0;
}

bool deliveries_known(struct records *records, int64_t number, uint32_t agent)
{
    struct problem problem;
    struct db_rows *rows = records_checked(db_query(records_db(records), &problem,
                                               "SELECT 1 FROM delivery WHERE number = ? AND agent = ? AND what = "
                                               "'document' AND state IN ('sealed', 'put')",
                                               "ii", number, (int64_t)agent),
        &problem);
    bool known = db_next(rows);
    records_finish(rows);
    return known;
}

void deliveries_send(struct records *records, uint32_t agent, const void *envelope, size_t bytes)
{
    struct problem problem;
    records_ran(db_run(records_write(records), &problem, "INSERT INTO outgoing (agent, envelope) VALUES (?, ?)", "ib",
                    (int64_t)agent, envelope, bytes),
        &problem);
}

void deliveries_drop(struct records *records, int64_t delivery)
{
    struct problem problem;
    set_state(records, delivery, "dropped");
    records_ran(
        db_run(records_write(records), &problem, "DELETE FROM outgoing WHERE delivery = ?", "i", delivery), &problem);
}

static void forget_envelope(struct records *records, int64_t outgoing)
{
    struct problem problem;
    records_ran(
        db_run(records_write(records), &problem, "DELETE FROM outgoing WHERE outgoing = ?", "i", outgoing), &problem);
}

void deliveries_put(struct records *records, int64_t outgoing, const struct delivery *delivery)
{
    if (delivery->delivery)
        set_state(records, delivery->delivery, "put");
    forget_envelope(records, outgoing);
}

void deliveries_unsend(struct records *records, int64_t outgoing, const struct delivery *delivery)
{
    if (delivery->delivery)
        set_state(records, delivery->delivery, "dropped");
    forget_envelope(records, outgoing);
}

void deliveries_outgoing(
    struct records *records, int64_t after, int64_t now_ms, size_t limit, deliveries_each *each, void *arg)
{
    struct problem problem;
    struct db_rows *rows = records_checked(
        db_query(records_db(records), &problem,
            "SELECT ifnull(o.delivery, 0), ifnull(d.number, 0), o.agent, ifnull(d.what, 'document'), o.envelope,"
            " o.outgoing FROM outgoing AS o LEFT JOIN delivery AS d USING (delivery) WHERE o.outgoing > ?1"
            " AND NOT EXISTS (SELECT 1 FROM full_mailbox AS f WHERE f.agent = o.agent AND f.until_ms > ?2)"
            " ORDER BY o.outgoing LIMIT ?3",
            "iii", after, now_ms, (int64_t)limit),
        &problem);
    while (db_next(rows)) {
        const struct delivery delivery = read_row(rows);
        size_t bytes;
        const void *envelope = db_blob(rows, 4, &bytes);
        each(arg, db_int(rows, 5), &delivery, envelope, bytes);
    }
    records_finish(rows);
}

int64_t deliveries_full(struct records *records, uint32_t agent, int64_t now_ms)
{
    struct problem problem;
    int64_t since_ms = now_ms, until_ms = 0, tries = 0, again_ms = FULL_AGAIN_MS;
    struct db_rows *rows =
        records_checked(db_query(records_db(records), &problem,
                            "SELECT since_ms, until_ms, tries FROM full_mailbox WHERE agent = ?", "i", (int64_t)agent),
            &problem);
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
    records_ran(db_run(records_write(records), &problem,
                    "INSERT OR REPLACE INTO full_mailbox (agent, since_ms, until_ms, tries) VALUES (?, ?, ?, ?)",
                    "iiii", (int64_t)agent, since_ms, now_ms + again_ms, tries + 1),
        &problem);
    return since_ms;
}

void deliveries_not_full(struct records *records, uint32_t agent)
{
    struct problem problem;
    records_ran(
        db_run(records_write(records), &problem, "DELETE FROM full_mailbox WHERE agent = ?", "i", (int64_t)agent),
        &problem);
}

int64_t deliveries_full_until(struct records *records)
{
    struct problem problem;
    /* For whom nothing waits any more it is none of our business. */
    records_ran(db_run(records_write(records), &problem,
                    "DELETE FROM full_mailbox WHERE agent NOT IN (SELECT agent FROM outgoing)", ""),
        &problem);
    struct db_rows *rows = records_checked(
        db_query(records_db(records), &problem, "SELECT min(until_ms) FROM full_mailbox", ""), &problem);
    int64_t until_ms = db_next(rows) && db_text(rows, 0) ? db_int(rows, 0) : INT64_MAX;
    records_finish(rows);
    return until_ms;
}

bool deliveries_next_held(struct records *records, int64_t after, int64_t *ret_number, uint32_t *ret_ring)
{
    struct problem problem;
    struct db_rows *rows = records_checked(
        db_query(records_db(records), &problem,
            "SELECT number, ring FROM delivery WHERE state = 'held' AND number > ? ORDER BY number, ring LIMIT 1", "i",
            after),
        &problem);
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
    struct problem problem;
    records_ran(db_run(records_write(records), &problem,
                    "UPDATE delivery SET state = 'ready' WHERE number = ? AND state = 'held' AND ring = ?", "ii",
                    number, (int64_t)ring),
        &problem);
}

void deliveries_withdraw(struct records *records, int64_t number)
{
    struct problem problem;
    records_ran(db_run(records_write(records), &problem,
                    "UPDATE delivery SET state = 'dropped' WHERE number = ? AND what = 'document'"
                    " AND state IN ('held', 'ready', 'proving')",
                    "i", number),
        &problem);
}

void deliveries_stop(struct records *records, int64_t number)
{
    struct problem problem;
    records_ran(db_run(records_write(records), &problem,
                    "INSERT OR IGNORE INTO delivery (number, agent, ring, what, state)"
                    " SELECT number, agent, 0, 'stop', 'ready' FROM delivery"
                    " WHERE number = ? AND what = 'document' AND state IN ('sealed', 'put')",
                    "i", number),
        &problem);
}
