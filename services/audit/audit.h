/* What the modules of audit share: one struct, made in main.c. */
#ifndef VEDETTE_AUDIT_H
#define VEDETTE_AUDIT_H

#include "lib/bus_spine.h"
#include "services/audit/disk.h"
#include "services/audit/filter.h"
#include "services/audit/journal.h"

struct audit {
    struct bus *bus;
    struct journal *journal;
    struct disk disk;
    struct filters filters;
    struct intake *intake;
    struct buf records;             /* of the replay being answered */
    uint64_t stored, commits, repeated, replayed;   /* metrics */
    int64_t free_bytes;
    uint64_t reported[8];           /* refusals that an event has told of, by reason */
};

/* intake.c: events in, until they are durable, acknowledged and published. */
struct intake *intake_new(void);
void intake_free(struct intake *);
void intake_batch(void *audit, unsigned peer, const struct bus_route *, const struct batch *);
int intake_own(void *audit, const char *text, size_t bytes);
/* Make durable what was taken, then answer, then publish. Ends the process if the disk fails. */
void intake_settle(void *audit);

/* stream.c: subscribers. What filters look at of an entry, beside its text: */
struct entry {
    enum class class;
    uint64_t sequence;
    int sev, event;
    char tenant[33];            /* "": none */
};
void stream_publish(struct audit *, const struct entry *, const char *text, size_t bytes);
void stream_heartbeat(void *audit);
void stream_request(void *audit, unsigned peer, const struct bus_route *, const struct resume_request *);
bool stream_owns(void *audit, unsigned peer, const char *id, uint64_t *ret_next);

#endif
