/*
 * What the scheduler has: trust files, the newest revocation, logs that follow others, plans. Asked for at the start,
 * when the log says that one came, and each minute; so nothing of it is lost with backup.db, and a plan that was
 * cancelled ends.
 */
#ifndef BACKUP_LOOKING_H
#define BACKUP_LOOKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/repository/name.h"
#include "services/backup/plans/plans.h"
#include "services/backup/plans/trusted.h"

struct backup;
struct loop_timer;

struct looking {
    struct backup *backup;
    struct loop_timer *timer;
    bool asking, again;
    struct successors coming; /* read so far of those that are looked at now */
    enum document_kind wants; /* of which kind are the documents */
    size_t n_wanted;          /* to be fetched, one after another */
    struct {
        char document[BACKUP_BYTES];
        uint32_t version;
    } wanted[PLANS_MAX];
    bool whole; /* it was done once: plans that are not here are nowhere */
};

int looking_start(struct looking *, struct backup *);
/* Something came: look soon. */
void looking_look(struct looking *);

#endif
