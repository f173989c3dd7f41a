/* The service as one value: what its front doors (calls, envelopes, the log) work on. Everything runs in the loop's
 * thread. */
#ifndef SCHEDULER_SCHEDULER_H
#define SCHEDULER_SCHEDULER_H

#include "lib/bus/bus.h"
#include "lib/exchange/incoming.h"
#include "lib/exchange/roster.h"
#include "lib/follow.h"
#include "lib/program.h"
#include "lib/records.h"
#include "services/scheduler/delivery/dispatch.h"
#include "services/scheduler/delivery/growth.h"
#include "services/scheduler/documents/files.h"
#include "services/scheduler/documents/trusted.h"
#include "services/scheduler/logging.h"

struct loop_timer;

struct scheduler {
    struct program program; /* first: the bus hands it to calls */
    struct records *records;
    struct own_keys own_keys;
    struct trusted trusted;
    struct roster roster;
    struct follow follow;
    struct logging logging;
    struct growth growth;
    struct dispatch dispatch;
    struct incoming incoming;
    struct files files;
    unsigned news_asked; /* told to ingest, and not answered */
    struct loop_timer *look;
    bool looking; /* it is set */
    struct {
        uint64_t documents, refused, runs[RUN_STATE_COUNT];
    } counts;
};

struct scheduler *scheduler_of(struct bus_request *);

/* Something may be due: look at it before long, in this turn or the next. */
void scheduler_look(struct scheduler *);

#endif
