/* Backups that are under way, as agents told last: in memory alone, for each tells again every few seconds. */
#ifndef BACKUP_RUNNING_H
#define BACKUP_RUNNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract.h"
#include "lib/repository/name.h"

#define RUNNING_MAX 10000 /* at a time; of more no progress is shown */

struct progress {
    char backup[BACKUP_BYTES];
    int64_t reported_ms;
    struct envelope_backup_run said; /* its texts are not kept */
};

struct running {
    struct progress *all; /* in no order */
    size_t n, room;
};

void running_note(struct running *, const struct envelope_backup_run *);
void running_end(struct running *, const char *backup);
/* NULL: nothing was told of it since the start. */
const struct progress *running_find(const struct running *, const char *backup);
void running_free(struct running *);

#endif
