/* What the two halves of records share: the database, in or out of a transaction, where a failure ends the process. */
#ifndef ALERT_RECORDS_INTERNAL_H
#define ALERT_RECORDS_INTERNAL_H

#include "lib/db.h"
#include "lib/log.h"
#include "lib/message.h"
#include "lib/problem.h"
#include "services/alert/records.h"

struct records {
    struct db *db;
    bool writing;
};

void records_fail(const struct problem *) __attribute__((noreturn));
/* The database, in a transaction. */
struct db *records_write(struct records *);
struct db_rows *records_checked(struct db_rows *, const struct problem *);
void records_finish(struct db_rows *);

#endif
