/* Everything that a set has, into a backup from which increments go on. */
#ifndef VEDETTE_OFFSITE_BACKUP_H
#define VEDETTE_OFFSITE_BACKUP_H

struct copier;
struct problem;

/* What is held is what the backup has, then, and copier->last its commit. Files that are as they were when the last
 * backup was made stand in that one's segments, and are not read. */
int backup_all(struct copier *, struct problem *);
/* What the log got of class `access` since the last one of these: a backup of its own, and nothing else holds it. */
int backup_access(struct copier *, struct problem *);
/* The next backup refers to no earlier one; the next one of access logs has all that there is. */
void backup_forget(struct copier *);
void backup_forget_access(void);

#endif
