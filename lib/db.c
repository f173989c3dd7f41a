#include "lib/db.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "lib/problem.h"

#define STATEMENTS_MAX 128      /* distinct literals in one service; a few dozen today */
#define BUSY_MS 2000            /* another reader, as a backup, may hold the file for a moment */

struct db_rows {
    sqlite3_stmt *statement;
    int status;
    bool in_use;
};

struct db {
    sqlite3 *handle;
    struct {
        const char *sql;
        struct db_rows rows;
    } statements[STATEMENTS_MAX];
    unsigned n_statements;
};

static int fail(struct db *db, struct problem *problem, const char *doing)
{
    int code = sqlite3_errcode(db->handle);
    const char *word = code == SQLITE_CONSTRAINT ? "constraint" : code == SQLITE_FULL ? "disk-full" : "db";
    return problem_set(problem, word, "", "%s: %s", doing, sqlite3_errmsg(db->handle));
}

static int execute(struct db *db, struct problem *problem, const char *sql)
{
    return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(db, problem, sql);
}

static int schema_version(struct db *db)
{
    sqlite3_stmt *statement;
    int version = -1;
    if (sqlite3_prepare_v2(db->handle, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return version;
}

/* The text of migration `version`: from behind its line to the next one; NULL if there is none. */
static char *migration(const char *schema, int version)
{
    char mark[32];
    snprintf(mark, sizeof(mark), "-- version %d\n", version);
    const char *start = strstr(schema, mark);
    if (!start)
        return NULL;
    start += strlen(mark);
    const char *end = strstr(start, "-- version ");
    return end ? strndup(start, (size_t)(end - start)) : strdup(start);
}

static int migrate(struct db *db, const char *schema, struct problem *problem)
{
    int version = schema_version(db), newest = 0;
    char *sql;
    for (; (sql = migration(schema, newest + 1)); newest++) {
        int error = 0;
        if (newest >= version) {
            char set_version[48];
            snprintf(set_version, sizeof(set_version), "PRAGMA user_version = %d", newest + 1);
            error = execute(db, problem, "BEGIN IMMEDIATE") || execute(db, problem, sql) ||
                    execute(db, problem, set_version) || execute(db, problem, "COMMIT");
        }
        free(sql);
        if (error)
            return -1;
    }
    if (version > newest)
        return problem_set(problem, "db", "", "the database has version %d, this program knows up to %d", version,
            newest);
    return 0;
}

static int keep_path(sqlite3_vfs *vfs, const char *path, int bytes, char *ret)
{
    (void)vfs;
    return snprintf(ret, (size_t)bytes, "%s", path) < bytes ? SQLITE_OK : SQLITE_CANTOPEN;
}

/* SQLite would make every path absolute, and a service that has given up root may not be able to walk there: the state
 * directory can be below somebody's home. Ours are relative to the working directory, which stays. */
static const char *relative_paths(void)
{
    static sqlite3_vfs vfs;
    if (!vfs.zName) {
        vfs = *sqlite3_vfs_find(NULL);
        vfs.zName = "relative";
        vfs.xFullPathname = keep_path;
        sqlite3_vfs_register(&vfs, 0);
    }
    return vfs.zName;
}

struct db *db_open(const char *path, const char *schema, struct problem *problem)
{
    struct db *db = calloc(1, sizeof(*db));
    if (!db) {
        problem_set(problem, "no-memory", path, "no memory");
        return NULL;
    }
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    if (sqlite3_open_v2(path, &db->handle, flags, relative_paths()) != SQLITE_OK) {
        fail(db, problem, path);
    } else {
        sqlite3_busy_timeout(db->handle, BUSY_MS);
        if (!execute(db, problem, "PRAGMA journal_mode = WAL") && !execute(db, problem, "PRAGMA synchronous = FULL") &&
            !execute(db, problem, "PRAGMA foreign_keys = ON") && !migrate(db, schema, problem))
            return db;
    }
    db_close(db);
    return NULL;
}

struct db *db_open_reader(const char *path, struct problem *problem)
{
    struct db *db = calloc(1, sizeof(*db));
    if (!db) {
        problem_set(problem, "no-memory", path, "no memory");
        return NULL;
    }
    /* Not SQLITE_OPEN_READONLY: without its part of the shared memory a reader has no mark that others respect. */
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    if (sqlite3_open_v2(path, &db->handle, flags, relative_paths()) == SQLITE_OK &&
        !execute(db, problem, "PRAGMA wal_autocheckpoint = 0") && !execute(db, problem, "PRAGMA query_only = 1")) {
        /* The WAL is its owner's: it is not to be written back because we are the last who close. */
        sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        sqlite3_busy_timeout(db->handle, BUSY_MS);
        return db;
    }
    fail(db, problem, path);
    db_close(db);
    return NULL;
}

int db_hold(struct db *db, struct problem *problem)
{
    if (!execute(db, problem, "BEGIN") && !execute(db, problem, "SELECT count(*) FROM sqlite_schema"))
        return 0;
    db_rollback(db);
    return -1;
}

void db_release(struct db *db)
{
    db_rollback(db);
}

void db_close(struct db *db)
{
    if (!db)
        return;
    for (unsigned i = 0; i < db->n_statements; i++)
        sqlite3_finalize(db->statements[i].rows.statement);
    sqlite3_close(db->handle);
    free(db);
}

static struct db_rows *prepared(struct db *db, struct problem *problem, const char *sql)
{
    unsigned i = 0;
    while (i < db->n_statements && (db->statements[i].sql != sql || db->statements[i].rows.in_use))
        i++;
    if (i == STATEMENTS_MAX)
        abort(); /* a statement that is no literal, or rows that are never freed */
    struct db_rows *rows = &db->statements[i].rows;
    if (i == db->n_statements) {
        if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &rows->statement, NULL) != SQLITE_OK) {
            fail(db, problem, sql);
            return NULL;
        }
        db->statements[db->n_statements++].sql = sql;
    }
    rows->in_use = true;
    return rows;
}

static void bind(sqlite3_stmt *statement, const char *types, va_list values)
{
    for (int i = 1; *types; i++, types++) {
        if (*types == 'i') {
            sqlite3_bind_int64(statement, i, va_arg(values, int64_t));
        } else if (*types == 's') {
            sqlite3_bind_text(statement, i, va_arg(values, const char *), -1, SQLITE_TRANSIENT);
        } else if (*types == 'b') {
            const void *data = va_arg(values, const void *);
            sqlite3_bind_blob(statement, i, data, (int)va_arg(values, size_t), SQLITE_TRANSIENT);
        } else {
            abort(); /* the programmer's error */
        }
    }
}

static void release(struct db_rows *rows)
{
    sqlite3_reset(rows->statement);
    sqlite3_clear_bindings(rows->statement);
    rows->in_use = false;
}

int db_run_values(struct db *db, struct problem *problem, const char *sql, const char *types, va_list values)
{
    struct db_rows *rows = prepared(db, problem, sql);
    if (!rows)
        return -1;
    bind(rows->statement, types, values);
    int status = sqlite3_step(rows->statement);
    int changed = status == SQLITE_DONE || status == SQLITE_ROW ? sqlite3_changes(db->handle) : fail(db, problem, sql);
    release(rows);
    return changed;
}

int db_run(struct db *db, struct problem *problem, const char *sql, const char *types, ...)
{
    va_list values;
    va_start(values, types);
    int changed = db_run_values(db, problem, sql, types, values);
    va_end(values);
    return changed;
}

int64_t db_last_id(const struct db *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

struct db_rows *db_query_values(
    struct db *db, struct problem *problem, const char *sql, const char *types, va_list values)
{
    struct db_rows *rows = prepared(db, problem, sql);
    if (!rows)
        return NULL;
    bind(rows->statement, types, values);
    rows->status = SQLITE_OK;
    return rows;
}

struct db_rows *db_query(struct db *db, struct problem *problem, const char *sql, const char *types, ...)
{
    va_list values;
    va_start(values, types);
    struct db_rows *rows = db_query_values(db, problem, sql, types, values);
    va_end(values);
    return rows;
}

bool db_next(struct db_rows *rows)
{
    rows->status = sqlite3_step(rows->statement);
    return rows->status == SQLITE_ROW;
}

int64_t db_int(struct db_rows *rows, int column)
{
    return sqlite3_column_int64(rows->statement, column);
}

const char *db_text(struct db_rows *rows, int column)
{
    return (const char *)sqlite3_column_text(rows->statement, column);
}

const void *db_blob(struct db_rows *rows, int column, size_t *ret_bytes)
{
    const void *data = sqlite3_column_blob(rows->statement, column);
    *ret_bytes = (size_t)sqlite3_column_bytes(rows->statement, column);
    return data;
}

int db_rows_free(struct db_rows *rows)
{
    if (!rows)
        return -1;
    int status = rows->status;
    release(rows);
    return status == SQLITE_ROW || status == SQLITE_DONE || status == SQLITE_OK ? 0 : -1;
}

int db_begin(struct db *db, struct problem *problem)
{
    return execute(db, problem, "BEGIN IMMEDIATE");
}

int db_commit(struct db *db, struct problem *problem)
{
    if (!execute(db, problem, "COMMIT"))
        return 0;
    db_rollback(db);
    return -1;
}

void db_rollback(struct db *db)
{
    sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

/* In one step: pages that are written meanwhile would have several begin anew for ever. */
static int copy_pages(sqlite3 *from, sqlite3 *to, int64_t wait_ms)
{
    sqlite3_backup *copy = sqlite3_backup_init(to, "main", from, "main");
    int result = copy ? SQLITE_BUSY : sqlite3_errcode(to);
    for (int64_t waited_ms = 0; copy && (result == SQLITE_BUSY || result == SQLITE_LOCKED); waited_ms += 20) {
        result = sqlite3_backup_step(copy, -1);
        if (result == SQLITE_DONE || waited_ms >= wait_ms)
            break;
        sqlite3_sleep(20);
    }
    int finished = copy ? sqlite3_backup_finish(copy) : result;
    return result == SQLITE_DONE ? finished : result;
}

/* A database in WAL mode wants to be written even to be read; one on a file system that is read-only can only be
 * read. */
static int open_source(const char *path, sqlite3 **ret)
{
    int result = sqlite3_open_v2(path, ret, SQLITE_OPEN_READWRITE, NULL);
    if (result == SQLITE_OK && !sqlite3_db_readonly(*ret, "main"))
        return result;
    sqlite3_close(*ret);
    return sqlite3_open_v2(path, ret, SQLITE_OPEN_READONLY, NULL);
}

int db_copy(const char *path, const char *to_path, int64_t wait_ms, struct problem *problem)
{
    sqlite3 *from = NULL, *to = NULL;
    int result = open_source(path, &from);
    if (result == SQLITE_OK)
        result = sqlite3_open_v2(to_path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (result == SQLITE_OK)
        result = copy_pages(from, to, wait_ms);
    sqlite3_close(from);
    sqlite3_close(to);
    return result == SQLITE_OK
               ? 0
               : problem_set(problem, "db", "", "cannot copy the database %.150s: %s", path, sqlite3_errstr(result));
}
