/*
 * What will become of a machine's backups by a time, with those that its plans will make until then if all goes well.
 * Pure; who decides in the end is `vedette prune`, beside the target, with the same core (lib/repository/retention.h).
 */
#ifndef BACKUP_PREVIEW_H
#define BACKUP_PREVIEW_H

#include "lib/repository/retention.h"
#include "services/backup/plans/plans.h"

#define PREVIEW_PLANNED_MAX 10000 /* turns that are looked at: of more the first */

struct preview_row {
    const struct retention_backup *backup;
    const char *document; /* of a planned one; else NULL */
    enum fate fate;
    enum retention_why why;
    int64_t ends_ms, goes_ms; /* goes 0: it does not, by what is known */
};

struct preview {
    size_t n;
    struct preview_row *rows;         /* by slot, then name */
    struct retention_backup *backups; /* what they point to */
};
void preview_free(struct preview *);

/* A plan of the machine, and when its last turn was dealt with. */
struct preview_plan {
    const struct plan *plan;
    int64_t late_ms, dealt_ms;
};

/* all: as retention_judge wants them, n of them, copied. -1 + problem: no memory, too many. */
int preview_make(const struct retention_backup *all, size_t n, const struct preview_plan *, size_t n_plans,
    int64_t now_ms, int64_t as_of_ms, struct preview *ret, struct problem *);

#endif
