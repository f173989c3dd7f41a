/* How many entries match, by time and severity. Reads the indexes, for a phrase the log as well: one thread. */
#ifndef VEDETTE_AUDIT_HISTOGRAM_H
#define VEDETTE_AUDIT_HISTOGRAM_H

#include "services/audit/search/cursor.h"
#include "services/audit/search/index.h"

#define HISTOGRAM_BUCKETS_MAX 2048

struct histogram {
    int64_t bucket_ms; /* in: 0 to have one chosen for at most 128 buckets */
    int64_t first_ms;  /* beginning of the first bucket, a multiple of bucket_ms */
    unsigned n;        /* buckets */
    bool cut;          /* the time was up: entries before cut_ms may be missing */
    int64_t cut_ms;
    uint64_t counts[HISTOGRAM_BUCKETS_MAX][BLOCK_SEVS]; /* [][0]: severity 1 */
};

/* The period is that of `wanted`, cut down to that of what is indexed. "bad-field": too many buckets for it. */
int histogram_count(struct index *const indexes[CLASS_COUNT], const struct wanted *, int64_t until_mono_ms,
    struct histogram *, struct problem *);

#endif
