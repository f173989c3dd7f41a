/* Filters that subscribers were granted, and who may have which. Pure. */
#ifndef VEDETTE_AUDIT_FILTER_H
#define VEDETTE_AUDIT_FILTER_H

#include <stdbool.h>

#include "lib/bus_resume.h"

#define FILTERS_MAX 1024            /* each costs a comparison an event of its class */
#define FILTERS_PER_PEER_MAX 128

struct filter {
    struct resume_filter wants;
    unsigned peer;                  /* who it belongs to */
    char id[RESUME_ID_BYTES];       /* random: says nothing of what it filters */
    uint64_t next;                  /* after the newest sequence published under it; at first the size of its class */
};

struct filters {
    struct filter rows[FILTERS_MAX];
    unsigned n;
};

/* May this role read this class? */
bool filter_permitted(unsigned peer, enum class);

/* The peer's filter that wants just this, made if there is none yet (its next is then `size`); NULL: too many. */
struct filter *filters_grant(struct filters *, unsigned peer, const struct resume_filter *, uint64_t size);
/* The peer's filter of this id; NULL: not its, or unknown. */
struct filter *filters_find(struct filters *, unsigned peer, const char *id);

/* What of an event a filter looks at. tenant NULL: none. */
bool filter_matches(const struct resume_filter *, enum class, const char *tenant, int sev, int event);

#endif
