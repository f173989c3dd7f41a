/*
 * Which backups count where a new one takes an old one's place (retention.h). What an agent writes is not believed
 * where the target knows better: the day on which a commit came, and how much there is of what it lists.
 */
#ifndef VEDETTE_REPOSITORY_RETENTION_TRUST_H
#define VEDETTE_REPOSITORY_RETENTION_TRUST_H

#include "lib/repository/retention.h"

#define RETENTION_LATE_DAYS 3  /* from slot to commit: a first full over a slow line */
#define RETENTION_EARLY_DAYS 1 /* the target's clock, and a zone that is not known here */

/* Backups are compared within their set: other plans have other sizes. */
enum retention_set {
    RETENTION_SET_FILES, /* by a plan: daily, differential, weekly */
    RETENTION_SET_MANUAL,
    RETENTION_SET_SERVER,
    RETENTION_SET_ACCESS, /* access logs have no fulls: each holds days of its own */
    RETENTION_SET_COUNT,
};
enum retention_set retention_set_of(enum backup_class);
/* It restores by itself. */
bool retention_is_full(const struct retention_backup *);

/* Fill in the weight of each verdict; order is room for count numbers. */
void retention_trust(const struct retention_backup *, size_t count, const struct retention_rules *, size_t *order,
    struct retention_verdict *);

#endif
