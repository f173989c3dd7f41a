#include "services/ingest/mailbox/questions.h"

#include "lib/db.h"
#include "lib/problem.h"
#include "services/ingest/mailbox/box.h"

/* Whether an agent is to forget one before it has room for another. -1 + problem. */
static int agent_has_too_many(const struct box *box, uint32_t agent, size_t bytes, struct problem *problem)
{
    struct db_rows *rows = db_query(box->db, problem,
        "SELECT count(*), ifnull(sum(length(envelope)), 0) FROM taken WHERE agent = ? AND addressee = ?", "ii",
        (int64_t)agent, (int64_t)ADDRESSEE_KEYSERVER);
    if (!rows)
        return -1;
    bool found = db_next(rows), full = found && (db_int(rows, 0) >= QUESTIONS_AGENT_MAX ||
                                                    (uint64_t)db_int(rows, 1) + bytes > QUESTIONS_AGENT_BYTES_MAX);
    return db_rows_free(rows) ? problem_set(problem, "db", "", "the mailboxes cannot be read") : full;
}

/* agent 0: of all. */
static int forget_oldest(struct box *box, uint32_t agent, struct problem *problem)
{
    struct db_rows *rows = db_query(box->db, problem,
        "SELECT number FROM taken WHERE addressee = ?1 AND ?2 IN (0, agent) ORDER BY number LIMIT 1", "ii",
        (int64_t)ADDRESSEE_KEYSERVER, (int64_t)agent);
    if (!rows)
        return -1;
    uint64_t number = db_next(rows) ? (uint64_t)db_int(rows, 0) : 0;
    if (db_rows_free(rows))
        return problem_set(problem, "db", "", "the mailboxes cannot be read");
    if (!number)
        return problem_set(problem, "mailbox-full", "", "the mailboxes are full: raise ingest.mailbox_bytes");
    return box_taken(box, number, problem);
}

int questions_make_room(struct box *box, uint32_t agent, size_t bytes, struct problem *problem)
{
    for (;;) {
        int own = agent_has_too_many(box, agent, bytes, problem);
        bool all = box->question_bytes + bytes > box->bytes_max / QUESTIONS_SHARE;
        if (own < 0 || (!own && !all))
            return own;
        if (forget_oldest(box, own ? agent : 0, problem))
            return -1;
    }
}

int questions_sweep(struct box *box, int64_t wall_ms, struct problem *problem)
{
    return db_run(box->db, problem, "DELETE FROM taken WHERE addressee = ? AND taken_at < ?", "ii",
        (int64_t)ADDRESSEE_KEYSERVER, wall_ms - QUESTIONS_KEPT_MS);
}
