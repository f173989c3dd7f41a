/*
 * Backups of which a person should look whether they are what they should be: as `vedette prune` weighs them beside the
 * target, by the same core, only at once, and with an alert. It stops nothing here.
 */
#ifndef BACKUP_DOUBTS_H
#define BACKUP_DOUBTS_H

struct backup;
struct order;
struct snapshot;

/* A backup that was ordered is in the catalogue: if it is doubtful, tell. */
void doubts_look(struct backup *, const struct snapshot *, const struct order *);

#endif
