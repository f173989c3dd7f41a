/* Agents' watches in scheduler.db. */
#ifndef SCHEDULER_WATCH_RECORDS_H
#define SCHEDULER_WATCH_RECORDS_H

#include "contract.h"
#include "lib/records.h"

#define WATCH_BYTES 33 /* of fields.def, and NUL; so are the others */
#define WATCH_REASON_BYTES 201
#define WATCH_DOCUMENT_BYTES 33

struct watch_record {
    uint32_t agent;
    char watch[WATCH_BYTES];
    enum watch_kind kind;
    enum level level;
    int64_t since_ms;
    bool held, has_value;
    uint64_t value;
    char reason[WATCH_REASON_BYTES], document[WATCH_DOCUMENT_BYTES]; /* "": none */
    int64_t reported_ms;
};

/* false: it is not known. */
bool watch_records_get(struct records *, uint32_t agent, const char *watch, struct watch_record *ret);
void watch_records_put(struct records *, const struct watch_record *);
void watch_records_drop(struct records *, uint32_t agent, const char *watch);
/* One of an agent's that was not told of since; false: there is none. */
bool watch_records_stale(struct records *, uint32_t agent, int64_t before_ms, struct watch_record *ret);

typedef void watch_records_each(void *arg, const struct watch_record *, const char *tenant);
/* Critical ones first, then warnings, unknown, ok; agent 0: all; tenant NULL: all; level -1: all; at most `limit`. */
void watch_records_list(
    struct records *, uint32_t agent, const char *tenant, int level, uint32_t limit, watch_records_each *, void *arg);

#endif
