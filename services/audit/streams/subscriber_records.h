/* Subscribers in audit.db: the SQL of subscribers.c. Each function is 0, or -1 + problem. */
#ifndef VEDETTE_AUDIT_SUBSCRIBER_RECORDS_H
#define VEDETTE_AUDIT_SUBSCRIBER_RECORDS_H

#include "lib/db.h"
#include "services/audit/streams/subscribers.h"

struct db *subscriber_records_open(const char *path, struct problem *); /* NULL + problem */
/* The newest `most`, by number. */
int subscriber_records_load(struct db *, struct subscriber *ret, size_t most, size_t *ret_n, struct problem *);
/* Sets the number. */
int subscriber_records_add(struct db *, struct subscriber *, struct problem *);
int subscriber_records_forget(struct db *, uint32_t number, struct problem *);
/* Cursors, contacts and revocations of those that moved, together; then they count as written. */
int subscriber_records_write(struct db *, struct subscriber *rows, size_t n, struct problem *);

#endif
