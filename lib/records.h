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

/* schema: as db_open wants it. loop NULL: whoever opens it settles it. NULL + problem. */
struct records *records_open(const char *path, const char *schema, struct loop *, struct problem *);
void records_close(struct records *);

/* Statements that must not fail: else the process ends. As db_run, in the turn's transaction; as db_query. */
int records_run(struct records *, const char *sql, const char *types, ...);
struct db_rows *records_query(struct records *, const char *sql, const char *types, ...);
void records_finish(struct db_rows *);
/* A query for one number: 0 if there is none. For numbers: how many they are. For one text: NULL if there is none. */
int64_t records_number(struct db_rows *);
size_t records_numbers(struct db_rows *, int64_t *ret);
char *records_text(struct db_rows *);
/* Of what was inserted last. */
int64_t records_last_id(struct records *);
/* Of a row's text, NULL of NULL; without memory the process ends. Texts are the caller's to free. */
char *records_copy(const char *text);

/* -1: no memory, and it is not called. */
int records_then(struct records *, records_durable *, void *arg);
/* The end of the turn, before its time: work that takes long goes in steps. */
void records_settle(void *records);

/* What may fail, and is dealt with. */
struct db *records_db(struct records *);
/* The same, in the turn's transaction. */
struct db *records_write(struct records *);
/* What was kept cannot be read, or not be kept: the process ends. */
void records_fail(const struct problem *) __attribute__((noreturn));

#endif
