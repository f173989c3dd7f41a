/* What happened to backups, as events. */
#ifndef BACKUP_TELL_H
#define BACKUP_TELL_H

#include "services/backup/catalogue/snapshots.h"
#include "services/backup/orders/orders.h"

struct backup;
struct call_proof_report;
struct call_prune_report;
struct proof_late;

/* -1: the outbox is full. */
int tell_ordered(struct backup *, const struct order *);
/* It came into its state: running, failed, refused, missed; of others nothing is told. */
void tell_order(struct backup *, const struct order *);
/* A commit came to the catalogue. order NULL: it was ordered by nobody here. */
void tell_done(struct backup *, const struct snapshot *, const struct order *);
/* It is one that a person should look at. */
void tell_doubtful(struct backup *, const struct order *, enum doubt, const char *reason);
void tell_plan_ended(struct backup *, const char *document, const char *title, uint32_t agent);
/* What whoever prunes says: it is stopped, or goes on. */
void tell_pruned(struct backup *, const struct call_prune_report *, const char *actor);
void tell_proof(struct backup *, const struct call_proof_report *, const char *actor);
/* -1: the outbox is full. */
int tell_proof_late(struct backup *, const struct proof_late *);

#endif
