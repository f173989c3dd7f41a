/* The service as one value: what its front doors (calls, envelopes, the log) work on. Everything runs in the loop's
 * thread. */
#ifndef BACKUP_BACKUP_H
#define BACKUP_BACKUP_H

#include "lib/bus/bus.h"
#include "lib/exchange/handover.h"
#include "lib/exchange/incoming.h"
#include "lib/exchange/roster.h"
#include "lib/follow.h"
#include "lib/program.h"
#include "services/backup/offsite.h"
#include "services/backup/orders/logging.h"
#include "services/backup/orders/running.h"
#include "services/backup/orders/sending.h"
#include "services/backup/plans/looking.h"
#include "services/backup/plans/plans.h"
#include "services/backup/plans/trusted.h"

struct loop_timer;

struct backup {
    struct program program; /* first: the bus hands it to calls */
    struct records *records;
    struct trusted trusted;
    struct plans plans;
    struct roster roster;
    struct follow follow;
    struct looking looking;
    struct logging logging;
    struct sending sending;
    struct own_keys own_keys;
    struct handover handover;
    struct incoming incoming;
    struct running running;
    struct offsite offsite;
    struct loop_timer *look;
    bool is_looking;       /* it is set */
    int64_t judge_from_ms; /* monotonic: before it nobody is late, for what agents said may still be on its way to us */
    struct {
        uint64_t ordered, ended[BACKUP_STATE_COUNT];
    } counts;
};

struct backup *backup_of(struct bus_request *);

/* Something may be due: look at it before long. */
void backup_look(struct backup *);

#endif
