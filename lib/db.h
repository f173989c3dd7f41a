/*
 * SQLite, in one thread, WAL with synchronous=FULL: what db_run or db_commit returned from is durable.
 * The only user of libsqlite3.
 *
 * Values: `i` int64_t, `s` const char * (NULL is SQL NULL), `b` const void *, size_t; in the order of the ? marks.
 */
#ifndef VEDETTE_DB_H
#define VEDETTE_DB_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct db_rows;
struct problem;

/* schema: SQL with one migration after another, each begun by a line `-- version N` (1, 2, …). Those not yet applied
 * are, in one transaction each. A database newer than the schema is refused. */
struct db *db_open(const char *path, const char *schema, struct problem *);
/* A database of another process, to be read: nothing is migrated. NULL + problem. */
struct db *db_open_reader(const char *path, struct problem *);
void db_close(struct db *);

/* From db_hold to db_release no checkpoint goes beyond what this reader sees, and the WAL is not begun anew, so that
 * database and WAL can be read as files (db_wal.h). -1 + problem. */
int db_hold(struct db *, struct problem *);
void db_release(struct db *);

/* Run one statement. Returns the number of changed rows, or -1 + problem ("constraint", "disk-full", "db"). */
int db_run(struct db *, struct problem *, const char *sql, const char *types, ...);
int db_run_values(struct db *, struct problem *, const char *sql, const char *types, va_list values);
int64_t db_last_id(const struct db *);

/* Rows of a query: while (db_next(rows)) … db_int(rows, 0) …; db_rows_free(rows). NULL + problem. Texts are valid until
 * the next db_next. Statements are cached by the address of sql: pass literals. */
struct db_rows *db_query(struct db *, struct problem *, const char *sql, const char *types, ...);
struct db_rows *db_query_values(struct db *, struct problem *, const char *sql, const char *types, va_list values);
bool db_next(struct db_rows *);
int64_t db_int(struct db_rows *, int column);
const char *db_text(struct db_rows *, int column);      /* NULL for SQL NULL */
const void *db_blob(struct db_rows *, int column, size_t *ret_bytes);
int db_rows_free(struct db_rows *);                     /* -1: the query ended by an error */

/* A copy of a whole database as it is at one moment, while others use it (SQLite's backup API): `to` must not be there
 * yet. One that is locked is waited for, at most so long. -1 + problem "db". */
int db_copy(const char *from, const char *to, int64_t wait_ms, struct problem *);

int db_begin(struct db *, struct problem *);
int db_commit(struct db *, struct problem *);
void db_rollback(struct db *);

#endif
