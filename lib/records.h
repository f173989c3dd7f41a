/*
 * A service's database, and the turn: all that one turn of the loop writes is one transaction, durable before anybody
 * is told. A database that fails ends the process; the next start reads what is there.
 */
#ifndef VEDETTE_RECORDS_H
#define VEDETTE_RECORDS_H

#include <stdbool.h>

#include "lib/db.h"

struct loop;
struct problem;
struct records;

/* Called, once, when all that was written before is durable. */
typedef void records_durable(void *arg);

/* schema: as for db_open. loop NULL: the caller ends each turn itself, by records_settle. NULL + problem. */
struct records *records_open(const char *path, const char *schema, struct loop *, struct problem *);
void records_close(struct records *);

/* db_run and db_query in the turn's transaction, for statements that must not fail: if one does, the process ends. */
int records_run(struct records *, const char *sql, const char *types, ...);
struct db_rows *records_query(struct records *, const char *sql, const char *types, ...);
void records_finish(struct db_rows *);
/* A query for one number: 0 if there is none. For numbers: how many they are. For one text: NULL if there is none. */
int64_t records_number(struct db_rows *);
size_t records_numbers(struct db_rows *, int64_t *ret);
char *records_text(struct db_rows *);
/* The row id of the last insert. */
int64_t records_last_id(struct records *);
/* A copy of a row's text (NULL stays NULL), which the caller frees; without memory the process ends. */
char *records_copy(const char *text);

/* Call it once what was written in this turn is durable. -1: no memory, and it will not be called. */
int records_then(struct records *, records_durable *, void *arg);
/* End the turn now, not when the loop waits: for long work, which is done in steps. */
void records_settle(void *records);

/* The database itself, for reading what may fail without ending the process. */
struct db *records_db(struct records *);
/* The same for writing: the turn's transaction has begun. */
struct db *records_write(struct records *);
/* Log the problem and end the process: the database cannot be read or written. */
void records_fail(const struct problem *) __attribute__((noreturn));

#endif
