/*
 * What whoever prunes beside a target says of a machine's backups there: what stopped it, and which backups its rules
 * hold. Tables `pruned` and `held`, the newest word alone. It decides; here it is only known.
 */
#ifndef BACKUP_PRUNED_H
#define BACKUP_PRUNED_H

#include <stddef.h>
#include <stdint.h>

struct records;
struct retention_backup;

/* Mark those of the agent's backups that are held, n of them in the order of their names. */
void pruned_hold(struct records *, uint32_t agent, struct retention_backup *, size_t n);
/* It was retired. */
void pruned_forget(struct records *, uint32_t agent);

#endif
