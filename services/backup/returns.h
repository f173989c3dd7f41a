/* What agents say of backups in their envelopes (lib/exchange/incoming.h), by purpose. */
#ifndef BACKUP_RETURNS_H
#define BACKUP_RETURNS_H

struct backup;
struct problem;

void returns_start(struct backup *);

#endif
