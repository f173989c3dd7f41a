/* What the modules of audit share: one struct, made in main.c. */
#ifndef VEDETTE_AUDIT_H
#define VEDETTE_AUDIT_H

#include "lib/bus/spine.h"
#include "lib/place.h"
#include "lib/seal/seal.h"
#include "services/audit/disk.h"
#include "services/audit/ledger.h"
#include "services/audit/log_calls.h"
#include "services/audit/quota.h"
#include "services/audit/retention/retainer.h"
#include "services/audit/search/searcher.h"
#include "services/audit/streams/filter.h"
#include "services/audit/streams/subscribers.h"
#include "services/audit/witnesses/cosigning.h"

#define JOURNAL_DIRECTORY "audit/journal"

struct audit {
    struct bus *bus;
    const struct settings_common *settings;
    struct ledger *ledger;
    struct journal *journal;        /* the ledger's: to stage in */
    struct log_calls log_calls;
    struct cosigning cosigning;
    struct disk disk;
    struct quota quota;
    struct filters filters;
    struct subscribers *subscribers;
    struct loop_timer *flush; /* sends what was published, after waiting a little for more */
    bool flushing;            /* the timer is set */
    int64_t flushed_ms;
    struct successions successions[CLASS_COUNT];
    uint64_t heads[CLASS_COUNT];    /* what was published: the next place of each class */
    struct intake *intake;
    struct seal_keys *seal_keys;
    struct seal *seal;              /* the loop's */
    struct searcher *searcher;
    struct retainer *retainer;
    int64_t indexed, behind;        /* entries the search knows, and not yet; metrics */
    bool search_fails;
    struct buf records;             /* of the replay being answered */
    uint64_t stored, commits, repeated, replayed;   /* metrics */
    int64_t free_bytes, behind_bytes;
    uint64_t reported[8];           /* refusals that an event has told of, by reason */
    uint64_t reported_over[QUOTA_PRODUCERS][CLASS_COUNT];   /* the same of events over their quota */
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
    uint64_t place;
    int sev, event;
    bool sealed;                /* it has personal fields, to be opened before it goes out */
    char tenant[33];            /* "": none */
};
/* When the journal is open: everything in it counts as published. -1 + problem. */
int stream_open(struct audit *, struct loop *, struct problem *);
/* What became durable, entry by entry; it goes out with stream_flush, soon. */
void stream_publish(struct audit *, const struct entry *, const char *text, size_t bytes);
void stream_flush(struct audit *);
void stream_heartbeat(void *audit);
uint32_t stream_subscriber(void *audit, const char *key);
void stream_request(void *audit, const struct bus_who *, const struct bus_route *, const struct resume_request *);
bool stream_owns(void *audit, const struct bus_who *, const char *id, uint64_t *ret_head, uint64_t *ret_since);
/* Nothing more goes to this subscriber, on the connections that it has. */
void stream_end(struct audit *, uint32_t subscriber);

/* subscriber_metrics.c */
void subscriber_metrics_open(void);
void subscriber_metrics_update(const struct audit *);
/* Entries between where it is and the newest, of all classes that it is granted. */
uint64_t subscriber_lag(const struct audit *, const struct subscriber *);

#endif
