#include "services/ingest/mailbox/box.h"

#include "lib/buf.h"
#include "lib/db.h"
#include "lib/problem.h"
#include "services/ingest/mailbox/questions.h"

static const char schema[] =
#include "mailbox/schema.inc"
    ;

/* Release rows; the query may have ended early by an error of the disk. */
static int ended(struct db_rows *rows, struct problem *problem)
{
    return db_rows_free(rows) ? problem_set(problem, "db", "", "the mailboxes cannot be read") : 0;
}

/* A number that a query counts; 0 where there is no row. */
static int count(struct db_rows *rows, uint64_t *ret, struct problem *problem)
{
    if (!rows)
        return -1;
    uint64_t number = db_next(rows) ? (uint64_t)db_int(rows, 0) : 0;
    if (ended(rows, problem))
        return -1;
    *ret = number;
    return 0;
}

static int count_all(struct box *box, struct problem *problem)
{
    uint64_t bytes, question_bytes;
    if (count(db_query(box->db, problem,
                  "SELECT (SELECT ifnull(sum(length(envelope)), 0) FROM waiting) + "
                  "(SELECT ifnull(sum(length(envelope)), 0) FROM taken)",
                  ""),
            &bytes, problem) ||
        count(db_query(box->db, problem, "SELECT ifnull(sum(length(envelope)), 0) FROM taken WHERE addressee = ?", "i",
                  (int64_t)ADDRESSEE_KEYSERVER),
            &question_bytes, problem))
        return -1;
    box->bytes = bytes;
    box->question_bytes = question_bytes;
    return 0;
}

static void count_taken(struct box *box, enum addressee addressee, uint64_t bytes)
{
    box->bytes -= bytes;
    box->question_bytes -= addressee == ADDRESSEE_KEYSERVER ? bytes : 0;
}

/* No number is ever used again, not by a database that was lost or restored either: the clock is ahead of all of them,
 * since no more than one a millisecond is given. */
static int raise_numbers(struct box *box, int64_t wall_ms, struct problem *problem)
{
    int raised =
        db_run(box->db, problem, "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'waiting'", "i", wall_ms);
    if (!raised)
        raised =
            db_run(box->db, problem, "INSERT INTO sqlite_sequence (name, seq) VALUES ('waiting', ?)", "i", wall_ms);
    return raised < 0 ? -1 : 0;
}

int box_open(struct box *box, const char *path, uint64_t bytes_max, int64_t wall_ms, struct problem *problem)
{
    box->bytes_max = bytes_max;
    box->db = db_open(path, schema, problem);
    return box->db && !raise_numbers(box, wall_ms, problem) ? count_all(box, problem) : -1;
}

void box_close(struct box *box)
{
    db_close(box->db);
    box->db = NULL;
}

/* Room for one more: of this agent, in the direction that the query is about, and in all. */
static int check_room(struct box *box, struct db_rows *rows, size_t bytes, struct problem *problem)
{
    if (!rows)
        return -1;
    uint64_t n = 0, used = 0;
    if (db_next(rows)) {
        n = (uint64_t)db_int(rows, 0);
        used = (uint64_t)db_int(rows, 1);
    }
    if (ended(rows, problem))
        return -1;
    if (n >= BOX_ENVELOPES_MAX || used + bytes > BOX_AGENT_BYTES_MAX)
        return problem_set(
            problem, "mailbox-full", "agent", "%llu envelopes of this agent wait already", (unsigned long long)n);
    if (box->bytes + bytes > box->bytes_max)
        return problem_set(problem, "mailbox-full", "", "the mailboxes are full: raise ingest.mailbox_bytes");
    return 0;
}

int box_put(struct box *box, uint32_t agent, const void *envelope, size_t bytes, int64_t wall_ms, uint64_t *ret_number,
    struct problem *problem)
{
    struct db_rows *rows = db_query(box->db, problem,
        "SELECT count(*), ifnull(sum(length(envelope)), 0) FROM waiting WHERE agent = ?", "i", (int64_t)agent);
    if (check_room(box, rows, bytes, problem) ||
        db_run(box->db, problem, "INSERT INTO waiting (agent, envelope, put_at) VALUES (?, ?, ?)", "ibi",
            (int64_t)agent, envelope, bytes, wall_ms) < 0)
        return -1;
    box->bytes += bytes;
    *ret_number = (uint64_t)db_last_id(box->db);
    return 0;
}

int box_acknowledge(struct box *box, uint32_t agent, uint64_t number, struct problem *problem)
{
    uint64_t bytes;
    if (count(db_query(box->db, problem,
                  "SELECT ifnull(sum(length(envelope)), 0) FROM waiting WHERE agent = ? AND number <= ?", "ii",
                  (int64_t)agent, (int64_t)number),
            &bytes, problem) ||
        db_run(box->db, problem, "DELETE FROM waiting WHERE agent = ? AND number <= ?", "ii", (int64_t)agent,
            (int64_t)number) < 0)
        return -1;
    box->bytes -= bytes;
    return 0;
}

int box_fetch(struct box *box, uint32_t agent, size_t limit_bytes,
    int (*each)(void *arg, uint64_t number, const void *envelope, size_t bytes), void *arg, bool *ret_more,
    struct problem *problem)
{
    size_t used = 0, bytes;
    bool more = false;
    int error = 0;
    struct db_rows *rows = db_query(
        box->db, problem, "SELECT number, envelope FROM waiting WHERE agent = ? ORDER BY number", "i", (int64_t)agent);
    if (!rows)
        return -1;
    while (!error && !more && db_next(rows)) {
        const void *envelope = db_blob(rows, 1, &bytes);
        more = used && used + bytes > limit_bytes;
        if (!more)
            error = each(arg, (uint64_t)db_int(rows, 0), envelope, bytes);
        used += bytes;
    }
    if (ended(rows, problem))
        return -1;
    if (error)
        return problem_set(problem, "no-memory", "", "no memory for the envelopes");
    *ret_more = more;
    return 0;
}

int box_take(struct box *box, uint32_t agent, enum addressee addressee, const void *envelope, size_t bytes,
    int64_t wall_ms, struct problem *problem)
{
    bool question = addressee == ADDRESSEE_KEYSERVER;
    if (question && questions_make_room(box, agent, bytes, problem))
        return -1;
    struct db_rows *rows = db_query(box->db, problem,
        "SELECT count(*), ifnull(sum(length(envelope)), 0) FROM taken WHERE agent = ?", "i", (int64_t)agent);
    if (check_room(box, rows, bytes, problem) ||
        db_run(box->db, problem, "INSERT INTO taken (agent, addressee, envelope, taken_at) VALUES (?, ?, ?, ?)", "iibi",
            (int64_t)agent, (int64_t)addressee, envelope, bytes, wall_ms) < 0)
        return -1;
    box->bytes += bytes;
    box->question_bytes += question ? bytes : 0;
    return 0;
}

int box_next(struct box *box, enum addressee addressee, uint64_t after,
    bool (*passes)(const void *arg, uint64_t number, uint32_t agent), const void *arg, uint64_t *ret_number,
    uint32_t *ret_agent, struct buf *ret_envelope, struct problem *problem)
{
    uint64_t number = 0;
    uint32_t agent = 0;
    bool found = false;
    struct db_rows *rows = db_query(box->db, problem,
        "SELECT number, agent, envelope FROM taken WHERE addressee = ? AND number > ? ORDER BY number", "ii",
        (int64_t)addressee, (int64_t)after);
    if (!rows)
        return -1;
    while (!found && db_next(rows)) {
        number = (uint64_t)db_int(rows, 0);
        agent = (uint32_t)db_int(rows, 1);
        found = !passes || passes(arg, number, agent);
    }
    size_t bytes = 0;
    const void *envelope = found ? db_blob(rows, 2, &bytes) : NULL;
    int error = found && buf_append(ret_envelope, envelope, bytes);
    if (ended(rows, problem))
        return -1;
    if (error)
        return problem_set(problem, "no-memory", "", "no memory for an envelope");
    *ret_number = number;
    *ret_agent = agent;
    return found;
}

int box_taken(struct box *box, uint64_t number, struct problem *problem)
{
    struct db_rows *rows = db_query(
        box->db, problem, "SELECT length(envelope), addressee FROM taken WHERE number = ?", "i", (int64_t)number);
    if (!rows)
        return -1;
    bool found = db_next(rows);
    uint64_t bytes = found ? (uint64_t)db_int(rows, 0) : 0;
    enum addressee addressee = found ? (enum addressee)db_int(rows, 1) : ADDRESSEE_SCHEDULER;
    if (ended(rows, problem) ||
        db_run(box->db, problem, "DELETE FROM taken WHERE number = ?", "i", (int64_t)number) < 0)
        return -1;
    count_taken(box, addressee, bytes);
    return 0;
}

int box_taken_through(struct box *box, enum addressee addressee, uint64_t number, struct problem *problem)
{
    uint64_t bytes;
    if (count(db_query(box->db, problem,
                  "SELECT ifnull(sum(length(envelope)), 0) FROM taken WHERE addressee = ? AND number <= ?", "ii",
                  (int64_t)addressee, (int64_t)number),
            &bytes, problem) ||
        db_run(box->db, problem, "DELETE FROM taken WHERE addressee = ? AND number <= ?", "ii", (int64_t)addressee,
            (int64_t)number) < 0)
        return -1;
    count_taken(box, addressee, bytes);
    return 0;
}

int box_retire(struct box *box, uint32_t agent, struct problem *problem)
{
    return box_acknowledge(box, agent, INT64_MAX, problem);
}

int box_sweep(struct box *box, int64_t wall_ms, struct problem *problem)
{
    int gone = db_run(box->db, problem, "DELETE FROM waiting WHERE put_at < ?", "i", wall_ms - BOX_KEPT_MS);
    /* Counted anew, because a turn that was not written may have been counted. */
    return gone < 0 || questions_sweep(box, wall_ms, problem) < 0 || count_all(box, problem) ? -1 : gone;
}

static int each_agent(struct db_rows *rows, void (*each)(void *arg, uint32_t agent), void *arg, struct problem *problem)
{
    if (!rows)
        return -1;
    while (db_next(rows))
        each(arg, (uint32_t)db_int(rows, 0));
    return ended(rows, problem);
}

int box_each_waiting(struct box *box, void (*each)(void *arg, uint32_t agent), void *arg, struct problem *problem)
{
    return each_agent(db_query(box->db, problem, "SELECT DISTINCT agent FROM waiting", ""), each, arg, problem);
}

int box_parcel(struct box *box, uint32_t agent, uint64_t *ret_parcel, struct problem *problem)
{
    return count(db_query(box->db, problem, "SELECT parcel FROM parcels WHERE agent = ?", "i", (int64_t)agent),
        ret_parcel, problem);
}

int box_parcel_keep(struct box *box, uint32_t agent, uint64_t parcel, struct problem *problem)
{
    return db_run(box->db, problem, "INSERT OR REPLACE INTO parcels (agent, parcel) VALUES (?, ?)", "ii",
               (int64_t)agent, (int64_t)parcel) < 0
               ? -1
               : 0;
}

int box_parcel_each(struct box *box, void (*each)(void *arg, uint32_t agent), void *arg, struct problem *problem)
{
    return each_agent(db_query(box->db, problem, "SELECT agent FROM parcels", ""), each, arg, problem);
}

int box_trust_keep(struct box *box, uint32_t version, const char *dsse, struct problem *problem)
{
    return db_run(box->db, problem, "INSERT OR REPLACE INTO trust (version, dsse) VALUES (?, ?)", "is",
               (int64_t)version, dsse) < 0
               ? -1
               : 0;
}

int box_trust_each(struct box *box, uint32_t from, int (*each)(void *arg, uint32_t version, const char *dsse),
    void *arg, struct problem *problem)
{
    struct db_rows *rows = db_query(
        box->db, problem, "SELECT version, dsse FROM trust WHERE version >= ? ORDER BY version", "i", (int64_t)from);
    if (!rows)
        return -1;
    int error = 0;
    while (!error && db_next(rows))
        error = each(arg, (uint32_t)db_int(rows, 0), db_text(rows, 1));
    if (ended(rows, problem))
        return -1;
    return error ? problem_set(problem, "no-memory", "", "no memory for the trust files") : 0;
}
