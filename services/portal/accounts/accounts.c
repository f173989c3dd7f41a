#include "services/portal/accounts/accounts.h"

#include <stdio.h>
#include <string.h>

#include "lib/db.h"
#include "lib/problem.h"

#define DAY_MS 86400000LL
#define KNOWN_MS (90 * DAY_MS)
/* Names that were tried, ours or not: a bound on what strangers can store. More than the two threads of hasher.c can
 * refuse within LOCK_MS, so that no lock goes before its time, and no answer tells whether a name is one of ours. */
#define FAILED_NAMES_MAX 400000

static void read_account(struct db_rows *rows, struct account *ret)
{
    size_t bytes;
    snprintf(ret->user, sizeof(ret->user), "%s", db_text(rows, 0));
    ret->role = (int)db_int(rows, 1);
    snprintf(ret->tenant, sizeof(ret->tenant), "%s", db_text(rows, 2) ? db_text(rows, 2) : "");
    snprintf(ret->password_hash, sizeof(ret->password_hash), "%s", db_text(rows, 3));
    const void *wrapped = db_blob(rows, 4, &bytes);
    memset(ret->otp_wrapped, 0, WRAPPED_BYTES);
    if (bytes == WRAPPED_BYTES)
        memcpy(ret->otp_wrapped, wrapped, WRAPPED_BYTES);
    ret->otp_step = db_int(rows, 5);
    ret->session_epoch = db_int(rows, 6);
    ret->disabled = db_int(rows, 7);
}

int account_find(struct db *db, const char *user, struct account *ret, struct problem *problem)
{
    struct db_rows *rows = db_query(db, problem,
        "SELECT user, role, tenant, password_hash, otp_wrapped, otp_step, session_epoch, disabled FROM users "
        "WHERE user = ?",
        "s", user);
    if (!rows)
        return -1;
    int found = db_next(rows);
    if (found)
        read_account(rows, ret);
    if (db_rows_free(rows))
        return problem_set(problem, "db", "", "reading accounts failed");
    return found;
}

/* The one number of a query with a user and a second argument; fallback if there is no row. */
static int64_t one_number(struct db_rows *rows, int64_t fallback, struct problem *problem)
{
    if (!rows)
        return -1;
    int64_t number = db_next(rows) ? db_int(rows, 0) : fallback;
    if (db_rows_free(rows))
        return problem_set(problem, "db", "", "reading accounts failed");
    return number;
}

int account_any(struct db *db, struct problem *problem)
{
    return (int)one_number(db_query(db, problem, "SELECT EXISTS (SELECT 1 FROM users)", ""), 0, problem);
}

int account_name_check(const char *user, struct problem *problem)
{
    for (const char *p = user; *p; p++)
        if (*p <= ' ' || *p > '~' || strchr("\"'\\<>&:/", *p))
            return problem_set(problem, "bad-user", "user", "a user name is made of letters, digits and - _ . @ +");
    return 0;
}

int account_create(struct db *db, const struct account *account, int64_t now_ms, struct problem *problem)
{
    return db_run(db, problem, "INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, 1, ?, 0)", "sissbii", account->user,
               (int64_t)account->role, account->tenant[0] ? account->tenant : NULL, account->password_hash,
               account->otp_wrapped, (size_t)WRAPPED_BYTES, account->otp_step, now_ms) == 1
               ? 0
               : -1;
}

/* Of an update of one user. */
static int check_changed(int changed, struct problem *problem)
{
    if (changed == 0)
        return problem_set(problem, "not-found", "user", "there is no such user");
    return changed == 1 ? 0 : -1;
}

int account_reset(struct db *db, const char *user, const char *password_hash, const uint8_t otp_wrapped[WRAPPED_BYTES],
    int64_t otp_step, struct problem *problem)
{
    int changed = db_run(db, problem,
        "UPDATE users SET password_hash = ?, otp_wrapped = ?, otp_step = ?, session_epoch = session_epoch + 1 "
        "WHERE user = ?",
        "sbis", password_hash, otp_wrapped, (size_t)WRAPPED_BYTES, otp_step, user);
    if (changed < 0 || db_run(db, problem, "DELETE FROM failures WHERE user = ?", "s", user) < 0)
        return -1;
    return check_changed(changed, problem);
}

int account_end_sessions(struct db *db, const char *user, struct problem *problem)
{
    return check_changed(
        db_run(db, problem, "UPDATE users SET session_epoch = session_epoch + 1 WHERE user = ?", "s", user), problem);
}

int account_disable(struct db *db, const char *user, bool disabled, struct problem *problem)
{
    return check_changed(
        db_run(db, problem, "UPDATE users SET disabled = ?, session_epoch = session_epoch + 1 WHERE user = ?", "is",
            (int64_t)disabled, user),
        problem);
}

bool account_knows(struct db *db, const char *user, const char *address, int64_t now_ms)
{
    return one_number(db_query(db, NULL, "SELECT 1 FROM known_addresses WHERE user = ? AND address = ? AND last_ms > ?",
                          "ssi", user, address, now_ms - KNOWN_MS),
               0, NULL) == 1;
}

int64_t account_locked_until(
    struct db *db, const char *user, bool known_address, int64_t now_ms, struct problem *problem)
{
    int64_t until =
        one_number(db_query(db, problem, "SELECT locked_until_ms FROM failures WHERE user = ? AND known_address = ?",
                       "si", user, (int64_t)known_address),
            0, problem);
    return until < 0 ? -1 : until > now_ms ? until : 0;
}

int64_t account_failed(
    struct db *db, const char *user, bool known_address, enum factor factor, int64_t now_ms, struct problem *problem)
{
    int64_t password = factor == FACTOR_PASSWORD, key = factor == FACTOR_KEY;
    /* A lock that has run out leaves a clean slate; the fifth failure of one factor locks. */
    if (db_run(db, problem,
            "INSERT INTO failures VALUES (?1, ?2, ?3, ?4, 0, ?5) ON CONFLICT DO UPDATE SET "
            "password_failures = ?3 + iif(locked_until_ms > 0, 0, password_failures), "
            "key_failures = ?4 + iif(locked_until_ms > 0, 0, key_failures), locked_until_ms = 0, last_ms = ?5",
            "siiii", user, (int64_t)known_address, password, key, now_ms) < 0)
        return -1;
    int locked = db_run(db, problem,
        "UPDATE failures SET locked_until_ms = ? WHERE user = ? AND known_address = ? AND "
        "max(password_failures, key_failures) >= ?",
        "isii", now_ms + LOCK_MS, user, (int64_t)known_address, (int64_t)FAILURES_MAX);
    return locked < 0 ? -1 : locked > 0 ? now_ms + LOCK_MS : 0;
}

static int use_code(struct db *db, const char *user, int64_t otp_step, struct problem *problem)
{
    return db_run(db, problem, "UPDATE users SET otp_step = ? WHERE user = ?", "is", otp_step, user);
}

int account_succeeded(struct db *db, const char *user, const char *address, bool known_address, int64_t otp_step,
    int64_t now_ms, struct problem *problem)
{
    if (db_begin(db, problem))
        return -1;
    if (use_code(db, user, otp_step, problem) < 0 ||
        db_run(db, problem, "DELETE FROM failures WHERE user = ? AND known_address = ?", "si", user,
            (int64_t)known_address) < 0 ||
        db_run(db, problem, "INSERT OR REPLACE INTO known_addresses VALUES (?, ?, ?)", "ssi", user, address, now_ms) <
            0 ||
        db_commit(db, problem)) {
        db_rollback(db);
        return -1;
    }
    return 0;
}

int account_proven(struct db *db, const char *user, bool known_address, int64_t otp_step, struct problem *problem)
{
    if (db_begin(db, problem))
        return -1;
    if (use_code(db, user, otp_step, problem) < 0 ||
        db_run(db, problem, "UPDATE failures SET key_failures = 0 WHERE user = ? AND known_address = ?", "si", user,
            (int64_t)known_address) < 0 ||
        db_commit(db, problem)) {
        db_rollback(db);
        return -1;
    }
    return 0;
}

void account_forget(struct db *db, int64_t now_ms)
{
    db_run(db, NULL, "DELETE FROM failures WHERE last_ms < ? AND locked_until_ms < ?", "ii", now_ms - DAY_MS, now_ms);
    db_run(db, NULL,
        "DELETE FROM failures WHERE last_ms < (SELECT last_ms FROM failures ORDER BY last_ms DESC LIMIT 1 OFFSET ?)",
        "i", (int64_t)FAILED_NAMES_MAX - 1);
    db_run(db, NULL, "DELETE FROM known_addresses WHERE last_ms < ?", "i", now_ms - KNOWN_MS);
}
