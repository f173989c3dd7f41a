#include "services/backup/catalogue/commits.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "services/backup/backup.h"
#include "services/backup/catalogue/snapshots.h"
#include "services/backup/doubts.h"
#include "services/backup/orders/ordering.h"
#include "services/backup/orders/orders.h"
#include "services/backup/tell.h"

static int check_signer(struct backup *backup, const struct commit *commit, const char *signer, struct problem *problem)
{
    const char *deployment = own_trust_deployment(&backup->trusted.own);
    struct agent_known agent;
    if (!agents_get(backup->records, commit->agent, &agent))
        return problem_set(problem, "unknown-agent", "agent", "agent %u is not there any more", commit->agent);
    if (strcmp(signer, agent.fingerprint))
        return problem_set(problem, "bad-commit", "", "the commit is not signed by agent %u's key", commit->agent);
    if (!deployment)
        return problem_set(problem, "no-trust", "", "there is no trust file here yet: try again in a moment");
    if (strcmp(commit->deployment, deployment))
        return problem_set(problem, "other-deployment", "", "the commit is of another deployment");
    return 0;
}

/* What was ordered is what counts as done. */
static bool fulfils(const struct snapshot *snapshot, const struct order *order)
{
    return snapshot->class == order->class && snapshot->slot == order->slot &&
           snapshot->kept_until >= order->kept_until && !strcmp(snapshot->zone, order->zone) &&
           !strcmp(snapshot->base, order->base);
}

static void settle_order(struct backup *backup, const struct snapshot *snapshot, struct order *order)
{
    order->since_ms = snapshot->ended_ms;
    order->code[0] = order->reason[0] = '\0';
    order->state = BACKUP_STATE_DONE;
    if (!order->started_ms)
        order->started_ms = snapshot->began_ms;
    if (fulfils(snapshot, order)) {
        tell_done(backup, snapshot, order);
        doubts_look(backup, snapshot, order);
    } else {
        order->state = BACKUP_STATE_FAILED;
        strcpy(order->code, "other-commit");
        strcpy(order->reason, "its commit says another class, date, zone or base than was ordered");
    }
    ordering_moved(backup, order);
}

static void store(struct backup *backup, const struct snapshot *snapshot)
{
    struct order order;
    if (!snapshots_add(backup->records, snapshot))
        return;
    bool ordered = orders_find(backup->records, snapshot->backup, &order) && order.agent == snapshot->agent;
    if (ordered)
        settle_order(backup, snapshot, &order);
    else
        tell_done(backup, snapshot, NULL);
}

static int take_object(
    struct backup *backup, uint32_t agent, const char *name, const void *object, size_t bytes, struct problem *problem)
{
    char signer[FINGERPRINT_HEX_BYTES];
    struct snapshot snapshot;
    struct commit commit;
    if (commit_open(object, bytes, agent, name, &commit, signer, problem)) {
        if (problem_is(problem, "no-memory"))
            records_fail(problem);
        return -1;
    }
    int error = check_signer(backup, &commit, signer, problem);
    if (!error) {
        snapshot_of(&commit, object, bytes, &snapshot);
        store(backup, &snapshot);
    }
    commit_free(&commit);
    return error;
}

static void forget(struct backup *backup, uint32_t agent, const char *name)
{
    records_run(backup->records, "DELETE FROM piece WHERE agent = ? AND backup = ?", "is", (int64_t)agent, name);
}

static void keep(
    struct backup *backup, uint32_t agent, const struct commit_piece *piece, const void *data, size_t bytes)
{
    records_run(backup->records,
        "INSERT OR REPLACE INTO piece (agent, backup, offset, since_ms, data) VALUES (?, ?, ?, ?, ?)", "isiib",
        (int64_t)agent, piece->backup, (int64_t)piece->offset, clock_wall_ms(), data, bytes);
    records_run(backup->records,
        "DELETE FROM piece WHERE agent = ?1 AND backup NOT IN (SELECT backup FROM piece WHERE agent = ?1"
        " GROUP BY backup ORDER BY max(since_ms) DESC LIMIT ?2)",
        "ii", (int64_t)agent, (int64_t)COMMITS_PARTLY_MAX);
}

/* Those of a commit stand side by side; by others, each a byte behind the last, one agent would fill the disk. */
static bool overlap(struct backup *backup, uint32_t agent, const struct commit_piece *piece)
{
    return records_number(records_query(backup->records,
               "SELECT coalesce(sum(length(data)), 0) FROM piece WHERE agent = ? AND backup = ?", "is", (int64_t)agent,
               piece->backup)) > piece->commit_bytes;
}

/* The whole of it, if all pieces are there and nothing between them is missing; the caller's to free. */
static char *put_together(struct backup *backup, uint32_t agent, const struct commit_piece *piece)
{
    struct problem problem = { .code = "no-memory", .reason = "no memory for a commit" };
    char *object = malloc(piece->commit_bytes);
    uint64_t length = 0;
    if (!object)
        records_fail(&problem);
    struct db_rows *rows =
        records_query(backup->records, "SELECT offset, data FROM piece WHERE agent = ? AND backup = ? ORDER BY offset",
            "is", (int64_t)agent, piece->backup);
    while (db_next(rows)) {
        size_t bytes;
        const void *data = db_blob(rows, 1, &bytes);
        if ((uint64_t)db_int(rows, 0) != length || bytes > piece->commit_bytes - length)
            break;
        memcpy(object + length, data, bytes);
        length += bytes;
    }
    records_finish(rows);
    if (length == piece->commit_bytes)
        return object;
    free(object);
    return NULL;
}

static int take_piece(struct backup *backup, uint32_t agent, const struct commit_piece *piece, const void *data,
    size_t bytes, struct problem *problem)
{
    if (piece->offset > piece->commit_bytes || bytes > piece->commit_bytes - piece->offset || !bytes)
        return problem_set(problem, "bad-field", "offset", "the piece is not within the commit");
    if (bytes == piece->commit_bytes)
        return take_object(backup, agent, piece->backup, data, bytes, problem);
    keep(backup, agent, piece, data, bytes);
    if (overlap(backup, agent, piece)) {
        forget(backup, agent, piece->backup);
        return problem_set(problem, "bad-field", "offset", "pieces of the commit overlap");
    }
    char *object = put_together(backup, agent, piece);
    if (!object)
        return 0;
    forget(backup, agent, piece->backup);
    int error = take_object(backup, agent, piece->backup, object, piece->commit_bytes, problem);
    free(object);
    return error;
}

int commits_take(struct backup *backup, uint32_t agent, const struct commit_piece *piece, struct problem *problem)
{
    size_t length = strlen(piece->data), bytes;
    void *data = malloc(length / 4 * 3 + 1);
    if (!data)
        return problem_set(problem, "no-memory", "", "no memory for a piece of a commit");
    int error = crypto_unbase64(piece->data, length, data, length / 4 * 3 + 1, &bytes)
                    ? problem_set(problem, "bad-field", "data", "data is no base64")
                    : take_piece(backup, agent, piece, data, bytes, problem);
    free(data);
    return error;
}
