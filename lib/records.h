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

/* schema: as db_open wants it. NULL + problem. */
struct records *records_open(const char *path, const char *schema, struct loop *, struct problem *);
void records_close(struct records *);

/* To read. */
struct db *records_db(struct records *);
/* To write: in the turn's transaction. */
struct db *records_write(struct records *);
/* -1: no memory, and it is not called. */
int records_then(struct records *, records_durable *, void *arg);
/* The end of the turn, before its time: work that takes long goes in steps. */
void records_settle(void *records);

/* rows, which must be; else the process ends. */
struct db_rows *records_checked(struct db_rows *, const struct problem *);
void records_finish(struct db_rows *);
void records_fail(const struct problem *) __attribute__((noreturn));
/* result of a db_run that must not fail. */
int records_ran(int result, const struct problem *);

#endif
